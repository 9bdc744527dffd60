// What was called, over which protocol, with what outcome: the claim that every
// method is covered is computed from this. Also keeps the secrets that the tests
// use, so that every answer and the server's output can be searched for them.
import assert from 'node:assert/strict';

const outcomes = new Map();
const secrets = new Set();

/** A password that may appear nowhere but in requests. */
export const password = 'canary Pa55 phrase, zebra-7';
/** A second one, to change to. */
export const otherPassword = 'canary 0ther phrase, walrus-8';

hide(password);
hide(otherPassword);

/** Remembers a secret that may not be printed by the server. */
export function hide(secret) {
  secrets.add(secret);
  return secret;
}

/** Fails if the text holds a password that the tests use. */
export function assertNoPassword(text, where) {
  for (const word of [password, otherPassword]) {
    assert.ok(!text.includes(word), `a password appears in ${where}`);
  }
}

/** Fails if the text holds any secret seen so far, whole or its signature only. */
export function assertNoSecret(text, where) {
  for (const secret of secrets) {
    assert.ok(!text.includes(secret), `a secret (${secret.slice(0, 8)}…) appears in ${where}`);
    const signature = secret.startsWith('k') ? secret.split('.')[2] : undefined;
    assert.ok(!signature || !text.includes(signature), `a token's signature appears in ${where}`);
  }
}

function note(protocol, controller, method, outcome) {
  const key = `${protocol} ${controller} ${method}`;
  if (!outcomes.has(key)) outcomes.set(key, new Set());
  outcomes.get(key).add(outcome);
}

/** The outcomes seen: 'fulfilled', 'rejected', both or none. */
export function seen(protocol, controller, method) {
  return outcomes.get(`${protocol} ${controller} ${method}`) ?? new Set();
}

/** The methods that the class of an SDK controller has, accessors left out. */
export function methodsOf(controller) {
  const prototype = Object.getPrototypeOf(controller);
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, property]) => name !== 'constructor' && typeof property.value === 'function')
    .map(([name]) => name);
}

function inspect(value, where) {
  if (value === undefined) return;
  const text = value instanceof Error ? JSON.stringify([value.message, value.props, value.errors]) : JSON.stringify(value);
  assertNoPassword(text ?? '', where);
}

/** An SDK controller whose calls are noted and whose answers are searched for passwords. */
export function recorded(protocol, name, controller) {
  return new Proxy(controller, {
    get(target, method) {
      const value = target[method];
      if (typeof value !== 'function' || typeof method === 'symbol') return value;
      return (...args) => {
        const result = value.apply(target, args);
        if (typeof result?.then !== 'function') {
          note(protocol, name, method, 'fulfilled');
          return result;
        }
        return result.then(
          (answer) => {
            note(protocol, name, method, 'fulfilled');
            if (typeof answer === 'string' && answer.startsWith('kauth-')) hide(answer);
            inspect(answer, `the answer of ${name}.${method}`);
            return answer;
          },
          (error) => {
            note(protocol, name, method, 'rejected');
            inspect(error, `the error of ${name}.${method}`);
            throw error;
          },
        );
      };
    },
  });
}
