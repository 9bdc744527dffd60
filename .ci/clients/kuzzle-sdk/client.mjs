// Clients made of the unmodified SDK, and the few assertions all scenarios share.
import assert from 'node:assert/strict';
import sdk from 'kuzzle-sdk';
import { hide, recorded } from './record.mjs';

const { Http, Kuzzle, WebSocket } = sdk;

/** The two transports of the SDK. */
export const protocols = ['websocket', 'http'];

function transport(protocol, port) {
  return protocol === 'websocket'
    ? new WebSocket('127.0.0.1', { port, autoReconnect: false })
    : new Http('127.0.0.1', { port });
}

/**
 * Connects one SDK instance.
 * @param {{protocol: string, port: number, token?: string}} options token is an
 *   authentication token, or an API key, to use from the start.
 */
export async function connect({ protocol, port, token }) {
  // Without a port the SDK takes 7512, where a server with real users may listen.
  assert.ok(Number.isInteger(port), 'the server under test is not running');
  const kuzzle = new Kuzzle(transport(protocol, port));
  await kuzzle.connect();
  if (token) kuzzle.jwt = token;
  return {
    kuzzle,
    protocol,
    websocket: protocol === 'websocket',
    auth: recorded(protocol, 'auth', kuzzle.auth),
    security: recorded(protocol, 'security', kuzzle.security),
    server: recorded(protocol, 'server', kuzzle.server),
    /** Sends a request as it is and gives the whole answer, its envelope checked. */
    async send(controller, action, args = {}, options = {}) {
      const answer = await kuzzle.query({ controller, action, ...args }, options);
      assert.equal(answer.status, 200);
      assert.equal(answer.error, null);
      assert.equal(answer.controller, controller);
      assert.equal(answer.action, action);
      assert.equal(typeof answer.requestId, 'string');
      return answer;
    },
    /** As send, but gives the result only. */
    async result(controller, action, args, options) {
      return (await this.send(controller, action, args, options)).result;
    },
    close: () => kuzzle.disconnect(),
  };
}

/** Runs work with a client of its own, which is closed afterwards. */
export async function withClient(options, work) {
  const client = await connect(options);
  try {
    return await work(client);
  } finally {
    client.close();
  }
}

/**
 * Asserts that a request is refused with this status and error id, and, when
 * given, with these first props.
 * @returns the error
 */
export async function refused(request, status, id, props) {
  let error;
  try {
    const answer = await request;
    assert.fail(`expected ${status} ${id}, got the answer ${JSON.stringify(answer)}`);
  } catch (caught) {
    error = caught;
  }
  if (error instanceof assert.AssertionError) throw error;
  assert.deepEqual({ status: error.status, id: error.id }, { status, id }, `${error.message} ${JSON.stringify(error.props)}`);
  assert.ok(Number.isInteger(error.code), `${id} has no code`);
  assert.ok(error.message.length > 0, `${id} has no message`);
  assert.equal(error.kuzzleStack, undefined, `${id} carries a stack`);
  assert.ok(Array.isArray(error.props), `${id} has no props`);
  if (props) assert.deepEqual(error.props.slice(0, props.length), props);
  return error;
}

/** Asserts a refusal whose id the contract leaves open: a status, some id, a word. */
export async function refusedNaming(request, status, word) {
  const error = await request.then(
    (answer) => assert.fail(`expected ${status}, got the answer ${JSON.stringify(answer)}`),
    (caught) => caught,
  );
  if (error instanceof assert.AssertionError) throw error;
  assert.equal(error.status, status, error.message);
  assert.match(error.id ?? '', /^[a-z_-]+\.[a-z_-]+\.[a-z_]+$/);
  assert.ok(JSON.stringify([error.message, error.props]).includes(word), `"${error.message}" does not name ${word}`);
  return error;
}

export const missing = (request, path) => refused(request, 400, 'api.assert.missing_argument', [path]);
export const wrongType = (request, path, type) => refused(request, 400, 'api.assert.invalid_type', [path, type]);
export const noBody = (request) => refused(request, 400, 'api.assert.body_required', []);
export const empty = (request, path) => refused(request, 400, 'api.assert.empty_argument', [path]);
export const badValue = (request, path) => refused(request, 400, 'api.assert.invalid_argument', [path]);
export const nameTaken = (request) => refused(request, 412, 'security.credentials.identifier_taken');
export const hasThemAlready = (request) => refused(request, 412, 'security.credentials.already_exist');
export const hasNone = (request) => refused(request, 412, 'security.credentials.not_found');

/** Asserts that the strategy local refuses a field, for the reason given by the last part of the id. */
export async function badField(request, reason, field) {
  const error = await refused(request, 400, `plugin.kuzzle-plugin-auth-passport-local.${reason}`);
  assert.ok(error.props[0].endsWith(field), `${error.props[0]} is not ${field}`);
}

/** Logs in with a client of its own and gives the token. */
export async function login(context, username, secret, expiresIn) {
  return withClient(context, ({ auth }) => auth.login('local', { username, password: secret }, expiresIn));
}

/** Whether a token, or an API key, opens anything. */
export async function opens(context, token) {
  return withClient({ ...context, token }, async ({ auth }) => {
    try {
      await auth.getCurrentUser();
      return true;
    } catch (error) {
      assert.deepEqual({ status: error.status, id: error.id }, { status: 401, id: 'security.token.invalid' });
      return false;
    }
  });
}

/** The token with another signature. */
export function forged(token) {
  const parts = token.split('.');
  parts[2] = [...parts[2]].reverse().join('');
  return hide(parts.join('.'));
}
