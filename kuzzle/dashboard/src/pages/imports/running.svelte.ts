import type { Args } from '../../api/client';
import { connection } from '../../api/connection.svelte';
import { Fault } from '../../api/fault';
import { call } from '../../api/session.svelte';
import { Socket } from '../../api/socket';
import type { Job } from './answers';

/** Bytes of a part of a file; in base64 it fits into the smallest request that servers take by default. */
const part = 600 << 10;

/** An import that this page follows: what was sent, how far it is. */
export class Running {
  job = $state.raw<Job>();
  fault = $state<Fault>();
  /** Bytes of the file that were sent, of how many. */
  sent = $state(0);
  size = $state(0);
  busy = $state(false);

  #stopped = false;

  /** Sends a file, then follows its import until it ends. */
  async start(file: File, options: Record<string, unknown>): Promise<void> {
    await this.#run(async () => {
      this.size = file.size;
      this.job = await call('import:create', { body: options } as Args<'import:create'>);
      for (let offset = 0; ; ) {
        if (this.#stopped) return;
        const bytes = new Uint8Array(await file.slice(offset, offset + part).arrayBuffer());
        const end = offset + bytes.length >= file.size;
        // A part that came already is passed over, so that a lost answer costs nothing.
        this.job = await this.#patiently(() => call('import:upload', { _id: this.job!._id, body: { data: base64(bytes), offset, end } }));
        offset += bytes.length;
        this.sent = offset;
        if (end) break;
      }
      await this.#follow();
    });
  }

  /** Follows an import that was begun before. */
  async resume(job: Job): Promise<void> {
    this.job = job;
    await this.#run(() => this.#follow());
  }

  /** Ends the import; what it brought in stays. */
  async cancel(): Promise<void> {
    if (this.job) this.job = await call('import:cancel', { _id: this.job._id });
  }

  /** Follows no longer. */
  stop(): void {
    this.#stopped = true;
  }

  async #run(act: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.fault = undefined;
    try {
      await act();
    } catch (cause) {
      this.fault = Fault.of(cause);
    }
    this.busy = false;
  }

  /** The server answers when the import is further, over a socket that stays open. */
  async #follow(): Promise<void> {
    while (!this.#stopped && this.job?.state === 'running') {
      await this.#patiently(async () => {
        const socket = new Socket();
        try {
          while (!this.#stopped && this.job?.state === 'running') {
            this.job = await socket.send('import:get', { _id: this.job._id, after: this.job.rows });
          }
        } catch (cause) {
          // The session that the socket had may have ended: this asks for another.
          if (Fault.of(cause).signedOut) this.job = await call('import:get', { _id: this.job!._id });
          else throw cause;
        } finally {
          socket.close();
        }
      });
    }
  }

  /** Where the server is away, waits for it and does it again. */
  async #patiently<T>(act: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await act();
      } catch (cause) {
        if (this.#stopped || !Fault.of(cause).unanswered) throw cause;
        connection.lose();
        await new Promise<void>((resolve) => { const forget = connection.onBack(() => { forget(); resolve(); }); });
      }
    }
  }
}

/** How much of an import is done, of 1. */
export const share = (job: Job): number => (job.state === 'done' ? 1 : Math.min(1, job.total ? job.rows / job.total : job.received ? job.bytes / job.received : 0));

/** Bytes as the API takes them. */
export function base64(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 0x8000) parts.push(String.fromCharCode(...bytes.subarray(i, i + 0x8000)));
  return btoa(parts.join(''));
}
