import type { UserContent } from './answers';
import { send, type Action, type Answer, type Args, type Optional, type Sending } from './client';
import { connection } from './connection.svelte';
import { Fault } from './fault';

/** Whose session the browser's cookie carries. */
export interface Me {
  id: string;
  content: UserContent;
  strategies: string[];
}

/** What has to be given before a request can be repeated. */
export type Asked = { what: 'login' } | { what: 'proof'; factors: string[] };

const anonymous = '-1';

class Session {
  /** undefined until it is known, null while nobody is signed in. */
  me = $state<Me | null | undefined>(undefined);
  /** What a dialog asks for at the moment, over the page that needs it. */
  asked = $state<Asked | null>(null);

  #answers: ((given: boolean) => void)[] = [];
  /** How long the cookie lasts, as far as is known, in milliseconds. */
  #life = 0;
  #renewal: ReturnType<typeof setTimeout> | undefined;

  /** Finds out who is signed in. */
  async find(): Promise<void> {
    try {
      const me = await send('auth:getCurrentUser', {});
      this.me = me._id === anonymous ? null : { id: me._id, content: me._source, strategies: me.strategies };
      if (this.me) void this.#renew();
    } catch (cause) {
      const fault = Fault.of(cause);
      if (!fault.signedOut) throw fault;
      this.me = null;
    }
  }

  /** Takes note of a login that ended well. */
  async begun(): Promise<void> {
    const before = this.me;
    await this.find();
    if (before && this.me && before.id !== this.me.id) location.reload(); // what is on the page is another's
    this.#answer(true);
  }

  /** Takes note of a proof that was given. */
  proved(): void {
    this.#answer(true);
  }

  /** Gives up what was asked for: the page keeps what it has, and shows the refusal. */
  decline(): void {
    this.#answer(false);
  }

  async end(): Promise<void> {
    try {
      await send('auth:logout', { cookieAuth: true });
    } catch (cause) {
      if (!Fault.of(cause).signedOut) throw cause;
    }
    clearTimeout(this.#renewal);
    this.me = null;
  }

  /** Asks for what would make the server take the request, and tells whether it was given. */
  async remedy(fault: Fault): Promise<boolean> {
    if (!this.me) return false;
    if (fault.signedOut) {
      // Another tab may have got a new cookie meanwhile.
      const me = await send('auth:getCurrentUser', {}).catch(() => undefined);
      return me?._id === this.me.id || this.#ask({ what: 'login' });
    }
    if (fault.wantsProof) return this.#ask({ what: 'proof', factors: fault.props.filter((p) => Array.isArray(p)).flat().map(String) });
    return false;
  }

  #ask(asked: Asked): Promise<boolean> {
    this.asked ??= asked;
    return new Promise((resolve) => this.#answers.push(resolve));
  }

  #answer(given: boolean): void {
    this.asked = null;
    for (const resolve of this.#answers.splice(0)) resolve(given);
  }

  /**
   * Has the cookie go on while the page is open: it is renewed in the last third of its
   * life, by one tab at a time, since a renewed cookie ends the one before.
   */
  async #renew(): Promise<void> {
    clearTimeout(this.#renewal);
    try {
      const left = await navigator.locks.request('kuzzle.session', async () => {
        const { valid, expiresAt } = await send('auth:checkToken', { cookieAuth: true, body: {} });
        if (!valid || !expiresAt || expiresAt < 0) return Infinity;
        if (expiresAt - Date.now() > this.#life / 3) return expiresAt - Date.now();
        const { ttl } = await send('auth:refreshToken', { cookieAuth: true, body: {} });
        return (this.#life = ttl);
      });
      this.#life = Math.max(this.#life, left);
      const longest = 2 ** 31 - 1; // of a timer
      if (left < Infinity) this.#renewal = setTimeout(() => void this.#renew(), Math.min(left * 0.7, longest));
    } catch {
      // The next request says what is wrong, and asks for a login.
    }
  }
}

export const session = new Session();

/**
 * Calls an action and gives its result. Where the session has ended or a fresh proof is
 * wanted, a dialog asks for it over the page, and then the request is sent again.
 */
export async function call<A extends Action>(action: A, ...[args, sending]: [...Optional<Args<A>>, Sending?]): Promise<Answer<A>> {
  for (let tries = 0; ; tries++) {
    try {
      const answer = await send(action, (args ?? {}) as Args<A>, sending as Sending);
      connection.heard();
      return answer;
    } catch (cause) {
      if ((sending as Sending | undefined)?.signal?.aborted) throw cause;
      const fault = Fault.of(cause);
      if (fault.unanswered) connection.lose();
      if (tries > 1 || !(await session.remedy(fault))) throw fault;
    }
  }
}
