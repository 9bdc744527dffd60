import { untrack } from 'svelte';
import { connection } from '../../api/connection.svelte';
import { Fault } from '../../api/fault';

/** The user whose page it is. Every section reads its own part of them. */
export class Subject {
  readonly id: string;
  #changes = $state(0);

  constructor(id: string) {
    this.id = id;
    $effect(() => connection.onBack(this.touch));
    // Whoever comes back to the page sees what others did meanwhile.
    $effect(() => {
      const seen = () => document.visibilityState === 'visible' && this.touch();
      document.addEventListener('visibilitychange', seen);
      return () => document.removeEventListener('visibilitychange', seen);
    });
  }

  get changes(): number {
    return this.#changes;
  }

  /** Has every section read anew. */
  touch = (): void => {
    this.#changes++;
  };
}

/** A part of a user as last read. What was read stays where reading it again fails. */
export class Part<T> {
  value = $state.raw<T>();
  fault = $state<Fault>();
  #read: () => Promise<T>;
  #latest = 0;

  /** Reads at once, and again after every change, while the component that makes it is shown. */
  constructor(of: Subject, read: () => Promise<T>) {
    this.#read = read;
    $effect(() => {
      void of.changes;
      untrack(() => void this.look());
    });
  }

  look = async (): Promise<void> => {
    const turn = ++this.#latest;
    try {
      const value = await this.#read();
      if (turn === this.#latest) [this.value, this.fault] = [value, undefined];
    } catch (cause) {
      if (turn === this.#latest) this.fault = Fault.of(cause);
    }
  };
}
