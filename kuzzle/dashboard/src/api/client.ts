import type { Actions, Answered } from './actions.gen';
import type { Answers } from './answers';
import { Fault } from './fault';

export type Action = keyof Actions;

/** What an action takes: its arguments, and `body` with what belongs there. */
export type Args<A extends Action> = Actions[A];

/** What an action answers. */
export type Answer<A extends Action> = A extends keyof Answers ? Answers[A] : Answered[A];

type Optional<T> = Partial<T> extends T ? [args?: T] : [args: T];

/** A request that may be told to stop, sent with a token instead of the cookie, or be a file
 * that is put at the action's own path. */
export type Sending = { signal?: AbortSignal; token?: string; file?: [path: string, content: Blob] };

/**
 * Sends one request and gives its result. It is refused with a Fault, also where no
 * answer came. Pages use `call` of session.svelte.ts, which asks for a login when one is missing.
 */
export async function send<A extends Action>(action: A, args: Args<A>, { signal, token, file }: Sending = {}): Promise<Answer<A>> {
  const [controller, name] = action.split(':');
  let status = 0;
  let answer;
  try {
    const response = await fetch(file?.[0] ?? '/_query', {
      method: file ? 'PUT' : 'POST',
      headers: { 'Content-Type': file ? 'application/octet-stream' : 'application/json', ...(token ? { Authorization: `Bearer ${token}` } : {}) },
      // A token goes alone: the server refuses a cookie beside it.
      credentials: token ? 'omit' : 'same-origin',
      body: file?.[1] ?? JSON.stringify({ ...args, controller, action: name }),
      signal,
    });
    status = response.status;
    answer = await response.json();
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw Fault.noAnswer(status);
  }
  // A body that is not read is refused without the envelope.
  const refused = answer.error ?? ('result' in answer ? null : answer);
  if (refused) throw refused.id ? new Fault(refused) : Fault.noAnswer(status);
  return answer.result;
}

export type { Optional };
