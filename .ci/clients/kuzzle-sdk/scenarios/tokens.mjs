// Logins, sessions, single-use tokens, API keys.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { badValue, connect, forged, login, opens, refused, withClient, wrongType } from '../client.mjs';
import { hide, password } from '../record.mjs';

const hour = 3_600_000;
const expiryWithin = 10_000;
const who = { username: 'token-one', password };
const credentialsOf = (client, args = {}) => client.result('auth', 'login', { strategy: 'local', body: who, ...args }, { verb: 'POST' });

function assertEnds(at, ttl) {
  assert.ok(Math.abs(at - Date.now() - ttl) < 30_000, `expiresAt ${at} is not ${ttl} ms from now`);
}

/** The user whose sessions the scenarios below open and end. */
async function prepare(context) {
  await withClient(context, async ({ security }) => {
    await security.createRole('token-role', { controllers: { auth: { actions: { '*': true } } } });
    await security.createProfile('token-profile', { policies: [{ roleId: 'token-role' }] });
    await security.createUser('token-1', { content: { profileIds: ['token-profile'] }, credentials: { local: who } });
  });
}

async function logins(t, context) {
  const anonymous = { ...context, token: undefined };
  await withClient(anonymous, async (client) => {
    const { auth, kuzzle } = client;
    await t.test('login answers a token and its end', async () => {
      const answer = await credentialsOf(client);
      hide(answer.jwt);
      assert.deepEqual(Object.keys(answer).sort(), ['_id', 'expiresAt', 'jwt', 'ttl']);
      assert.deepEqual([answer._id, answer.ttl], ['token-1', hour]);
      assertEnds(answer.expiresAt, hour);
    });
    await t.test('the SDK reads the token', async () => {
      const token = hide(await auth.login('local', who, '2h'));
      assert.equal(kuzzle.jwt, token);
      assert.equal(auth.authenticationToken.userId, 'token-1');
      assertEnds(auth.authenticationToken.expiresAt * 1000, 2 * hour);
      assert.equal(kuzzle.authenticated, true);
      const request = { controller: 'auth', action: 'getCurrentUser' };
      auth.authenticateRequest(request);
      assert.equal(request.jwt, token);
    });
    await t.test('two logins in one second are two sessions', async () => {
      const [first, second] = await Promise.all([credentialsOf(client), credentialsOf(client)]);
      hide(first.jwt);
      hide(second.jwt);
      assert.notEqual(first.jwt, second.jwt);
    });
    await t.test('login with expiresIn', async () => {
      for (const [given, ttl] of [['90m', 1.5 * hour], ['2 days', 48 * hour], ['60000', 60_000], ['1.5h', 1.5 * hour]]) {
        const answer = await credentialsOf(client, { expiresIn: given });
        hide(answer.jwt);
        assert.equal(answer.ttl, ttl, given);
        assertEnds(answer.expiresAt, ttl);
      }
      for (const bad of ['0', 'soon', '1h30m']) {
        await badValue(credentialsOf(client, { expiresIn: bad }), 'expiresIn');
      }
    });
    await t.test('login of an unknown strategy', () =>
      refused(auth.login('nope', who), 400, 'security.credentials.unknown_strategy', ['nope']));
    await t.test('checkToken', async () => {
      const token = hide(await auth.login('local', who));
      const valid = await auth.checkToken(token);
      assert.deepEqual([valid.valid, valid.kuid], [true, 'token-1']);
      assertEnds(valid.expiresAt, hour);
      assert.deepEqual(await auth.checkToken(), valid);
      for (const bad of ['kauth-garbage', forged(token), token.replace(/^kauth-/, '')]) {
        const { valid: isValid, state } = await auth.checkToken(bad);
        assert.deepEqual([isValid, typeof state], [false, 'string']);
        assert.ok(!state.includes(bad));
      }
      await wrongType(auth.checkToken(42), 'body.token', 'string');
    });
    await t.test('a forged token opens nothing', async () => {
      assert.equal(await opens(context, forged(hide(await login(anonymous, who.username, password)))), false);
    });
  });
  await t.test('login without an end', () =>
    withClient(anonymous, async (client) => {
      const endless = await credentialsOf(client, { expiresIn: '-1' });
      assert.deepEqual([endless.ttl, endless.expiresAt], [-1, -1]);
      assert.equal(await opens(context, hide(endless.jwt)), true);
    }));
  await t.test('checkToken and getCurrentUser of nobody', () =>
    withClient(anonymous, async ({ auth }) => {
      assert.deepEqual(await auth.checkToken(), { valid: true, kuid: '-1', expiresAt: null });
      assert.deepEqual(await auth.checkToken(''), { valid: true, kuid: '-1', expiresAt: null });
      assert.equal((await auth.getCurrentUser())._id, '-1');
    }));
}

async function refreshes(t, context) {
  await t.test('refreshToken: a new token, the old one lives a moment', () =>
    withClient({ ...context, token: undefined }, async ({ auth }) => {
      const old = hide(await auth.login('local', who));
      await withClient({ ...context, token: old }, async (late) => {
        const answer = await auth.refreshToken({ expiresIn: '3h' });
        hide(answer.jwt);
        assert.equal((await late.auth.getCurrentUser())._id, 'token-1');
        await refused(late.auth.refreshToken(), 401, 'security.token.invalid');
        assert.deepEqual([answer._id, answer.ttl], ['token-1', 3 * hour]);
        assertEnds(answer.expiresAt, 3 * hour);
        assert.notEqual(answer.jwt, old);
        assert.equal((await auth.getCurrentUser())._id, 'token-1');
      });
    }));
  await t.test('refreshToken of an endless session', () =>
    withClient({ ...context, token: undefined }, async ({ auth }) => {
      await auth.login('local', who, '-1');
      await refused(auth.refreshToken(), 401, 'security.token.refresh_forbidden');
    }));
}

async function logouts(t, context) {
  await t.test('logout ends this session only', async () => {
    const [mine, other] = [hide(await login(context, who.username, password)), hide(await login(context, who.username, password))];
    await withClient({ ...context, token: mine }, ({ auth }) => auth.logout());
    assert.deepEqual([await opens(context, mine), await opens(context, other)], [false, true]);
  });
  await t.test('logout with global ends all of them', async () => {
    const [mine, other] = [hide(await login(context, who.username, password)), hide(await login(context, who.username, password))];
    await withClient({ ...context, token: mine }, ({ auth }) => auth.logout({ global: true }));
    assert.deepEqual([await opens(context, mine), await opens(context, other)], [false, false]);
  });
  await t.test('revokeTokens ends them from outside', async () => {
    const token = hide(await login(context, who.username, password));
    await withClient(context, (client) => client.send('security', 'revokeTokens', { _id: 'token-1' }));
    assert.equal(await opens(context, token), false);
  });
}

async function createToken(t, context) {
  const token = await login(context, who.username, password);
  await withClient({ ...context, token }, async (client) => {
    await t.test('createToken that serves once', async () => {
      const made = await client.result('auth', 'createToken', { singleUse: true, expiresIn: '10m' });
      assert.deepEqual([made.singleUse, made.ttl], [true, 600_000]);
      assertEnds(made.expiresAt, 600_000);
      hide(made.token);
      assert.deepEqual([await opens(context, made.token), await opens(context, made.token)], [true, false]);
      assert.equal((await client.auth.getCurrentUser())._id, 'token-1');
    });
    await t.test('createToken that stays', async () => {
      const made = await client.result('auth', 'createToken');
      assert.equal(made.singleUse, false);
      assert.ok(made.ttl <= hour && made.ttl > hour - 30_000, `a ttl of ${made.ttl} ms; the session that made it has an hour less its age`);
      assert.deepEqual([await opens(context, hide(made.token)), await opens(context, made.token)], [true, true]);
    });
    await t.test('createToken: what it refuses', async () => {
      await refused(client.send('auth', 'createToken', { expiresIn: '-1' }), 400, 'security.token.invalid_expiration', ['expiresIn']);
    });
  });
}

async function expiry(t, context) {
  await t.test('a token ends when it says so', async () => {
    const client = await connect({ ...context, token: undefined });
    const limit = new AbortController();
    try {
      const told = new Promise((resolve) => client.kuzzle.protocol.addListener('tokenExpired', resolve));
      const token = hide(await client.auth.login('local', who, '1s'));
      const late = wait(expiryWithin, 'late', { signal: limit.signal });
      late.catch(() => {});
      if (client.websocket) {
        assert.notEqual(await Promise.race([told, late]), 'late', 'no TokenExpired arrived');
      }
      while ((await client.auth.checkToken(token)).valid) {
        assert.notEqual(await Promise.race([wait(50), late]), 'late', 'the token never ended');
      }
      assert.equal(await opens(context, token), false);
    } finally {
      limit.abort();
      client.close();
    }
  });
}

function assertKey(key, want) {
  assert.match(key._source.token, /^kapikey-[\w-]+\.[\w-]+\.[\w-]+$/);
  hide(key._source.token);
  assert.match(key._source.fingerprint, /^[0-9a-f]{64}$/);
  const { userId, description, ttl } = key._source;
  assert.deepEqual({ userId, description, ttl }, want);
}

async function ownKeys(t, context) {
  const token = await login(context, who.username, password);
  await withClient({ ...context, token }, async ({ auth }) => {
    let key;
    await t.test('auth.createApiKey', async () => {
      key = await auth.createApiKey('sensor north', { _id: 'key-own' });
      assert.equal(key._id, 'key-own');
      assertKey(key, { userId: 'token-1', description: 'sensor north', ttl: -1 });
      assert.equal(key._source.expiresAt, -1);
      const timed = await auth.createApiKey('sensor south', { expiresIn: '1h' });
      assertKey(timed, { userId: 'token-1', description: 'sensor south', ttl: hour });
      assertEnds(timed._source.expiresAt, hour);
    });
    await t.test('an API key logs in, cannot be refreshed, survives a logout', async () => {
      await withClient(context, async (client) => {
        client.kuzzle.setAPIKey(key._source.token);
        assert.equal((await client.auth.getCurrentUser())._id, 'token-1');
        await refused(client.auth.refreshToken(), 401, 'security.token.refresh_forbidden');
        await client.auth.logout();
      });
      assert.equal(await opens(context, key._source.token), true);
      assert.equal(await opens(context, forged(key._source.token)), false);
    });
    await t.test('auth.searchApiKeys', async () => {
      await auth.createApiKey('another');
      const found = await auth.searchApiKeys({ match: { description: 'sensor' } });
      assert.deepEqual([found.total, found.hits.length], [2, 2]);
      assert.ok(found.hits.every((hit) => hit._source.token === undefined && hit._source.userId === 'token-1'));
      const page = await auth.searchApiKeys({}, { from: 0, size: 2 });
      assert.deepEqual([page.total, page.hits.length], [3, 2]);
      const byPrint = await auth.searchApiKeys({ term: { fingerprint: key._source.fingerprint } });
      assert.deepEqual(byPrint.hits.map((hit) => hit._id), ['key-own']);
      const koncorde = await auth.searchApiKeys({ equals: { fingerprint: key._source.fingerprint } }, { lang: 'koncorde' });
      assert.deepEqual(koncorde.hits.map((hit) => hit._id), ['key-own']);
    });
    await t.test('auth.deleteApiKey', async () => {
      assert.equal(await auth.deleteApiKey('key-own'), null);
      assert.equal(await opens(context, key._source.token), false);
      await refused(auth.deleteApiKey('key-own'), 404, 'services.storage.not_found');
    });
  });
}

async function othersKeys(t, context) {
  await withClient(context, async ({ security }) => {
    let key;
    await t.test('security.createApiKey', async () => {
      key = await security.createApiKey('token-1', 'from above', { refresh: 'wait_for' });
      assertKey(key, { userId: 'token-1', description: 'from above', ttl: -1 });
      assert.match(key._id, /^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      assert.equal(key._source._kuzzle_info.author, 'boss');
      assert.equal(await opens(context, key._source.token), true);
      await badValue(security.createApiKey('token-1', 'x', { expiresIn: '0' }), 'expiresIn');
    });
    await t.test('security.searchApiKeys', async () => {
      const found = await security.searchApiKeys('token-1', { match: { description: 'above' } });
      assert.deepEqual([found.total, found.hits.map((hit) => hit._id)], [1, [key._id]]);
      assert.deepEqual(await security.searchApiKeys('token-none'), { hits: [], total: 0 });
    });
    await t.test('security.deleteApiKey', async () => {
      await refused(security.deleteApiKey('boss', key._id), 404, 'services.storage.not_found');
      assert.equal((await security.deleteApiKey('token-1', key._id)).result._id, key._id);
      assert.equal(await opens(context, key._source.token), false);
      await refused(security.deleteApiKey('token-1', key._id), 404, 'services.storage.not_found');
    });
    await t.test('what a deleted user had opens nothing', async () => {
      const kept = await security.createApiKey('token-1', 'left over');
      hide(kept._source.token);
      const session = hide(await login(context, who.username, password));
      await security.deleteUser('token-1');
      assert.deepEqual([await opens(context, kept._source.token), await opens(context, session)], [false, false]);
    });
  });
}

export async function tokens(t, context) {
  await prepare(context);
  await logins(t, context);
  await refreshes(t, context);
  await logouts(t, context);
  await createToken(t, context);
  await expiry(t, context);
  await ownKeys(t, context);
  await othersKeys(t, context);
}

/** The same answer for a wrong password and for nobody at all. */
export async function noEnumeration(t, context) {
  await t.test('a wrong password and an unknown name are told apart by nothing', () =>
    withClient({ ...context, token: undefined }, async ({ auth }) => {
      const known = await refused(auth.login('local', { username: 'boss', password: 'not it' }), 401, 'plugin.strategy.missing_user');
      const unknown = await refused(auth.login('local', { username: 'who-is-that', password: 'not it' }), 401, 'plugin.strategy.missing_user');
      const visible = ({ status, id, code, message, props }) => ({ status, id, code, message, props });
      assert.deepEqual(visible(known), visible(unknown));
      await refused(auth.login('local', { username: 'boss' }), 401, 'plugin.strategy.missing_user');
      await refused(auth.login('local', undefined), 401, 'plugin.strategy.missing_user');
    }));
}
