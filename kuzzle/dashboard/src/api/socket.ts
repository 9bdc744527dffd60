import type { Action, Answer, Args } from './client';
import { Fault } from './fault';

/**
 * A WebSocket to the server, with the session of the browser's cookie: for what is asked
 * again and again while something goes on.
 */
export class Socket {
  #socket: WebSocket;
  #open: Promise<void>;
  #waiting = new Map<string, { resolve: (result: unknown) => void; reject: (fault: Fault) => void }>();
  #next = 0;

  constructor() {
    this.#socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`);
    this.#open = new Promise((resolve, reject) => {
      this.#socket.onopen = () => resolve();
      this.#socket.onclose = () => {
        reject(Fault.noAnswer(0));
        for (const { reject } of this.#waiting.values()) reject(Fault.noAnswer(0));
        this.#waiting.clear();
      };
    });
    this.#open.catch(() => {}); // whoever sends hears of it
    this.#socket.onmessage = ({ data }) => this.#hear(JSON.parse(data));
  }

  /** Sends one request and gives its result, or is refused with a Fault. */
  async send<A extends Action>(action: A, args: Args<A>): Promise<Answer<A>> {
    await this.#open;
    const [controller, name] = action.split(':');
    const requestId = `dashboard-${this.#next++}`;
    return new Promise((resolve, reject) => {
      if (this.#socket.readyState !== WebSocket.OPEN) return reject(Fault.noAnswer(0));
      this.#waiting.set(requestId, { resolve: resolve as (result: unknown) => void, reject });
      this.#socket.send(JSON.stringify({ ...args, controller, action: name, requestId }));
    });
  }

  close(): void {
    this.#socket.close();
  }

  #hear(answer: { requestId?: string; error: null | ConstructorParameters<typeof Fault>[0]; result: unknown }): void {
    const asked = this.#waiting.get(answer.requestId ?? '');
    if (!asked) return;
    this.#waiting.delete(answer.requestId!);
    if (answer.error) asked.reject(new Fault(answer.error));
    else asked.resolve(answer.result);
  }
}
