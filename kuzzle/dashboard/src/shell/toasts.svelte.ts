import { Fault } from '../api/fault';
import { told } from '../texts/faults';

/** Short words of what was done, which go by themselves. */
class Toasts {
  list = $state<{ id: number; text: string; failed: boolean }[]>([]);
  #next = 0;

  say(text: string): void {
    this.#show(text, false);
  }

  /** Says why something was refused that has no form. */
  fail(cause: unknown): void {
    this.#show(told(Fault.of(cause)), true);
  }

  #show(text: string, failed: boolean): void {
    const id = this.#next++;
    this.list.push({ id, text, failed });
    setTimeout(() => (this.list = this.list.filter((one) => one.id !== id)), 6000);
  }
}

export const toasts = new Toasts();
