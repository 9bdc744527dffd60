// The life of a user, with SDKs of other ages than the one that sdk.test.mjs drives.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { assertNoSecret, hide, otherPassword, password } from './record.mjs';
import { start } from './server.mjs';

const load = createRequire(import.meta.url);
const slowest = { timeout: 60_000 };

/** The oldest that is served, the last of its line, and the first of the present one. */
const versions = ['6.2.0', '6.2.8', '7.0.0'];

/** What one user lives through, between an administrator and a goodbye. */
async function life({ Kuzzle, Http, WebSocket }, protocol, port, name) {
  const connect = async () => {
    const Protocol = protocol === 'http' ? Http : WebSocket;
    const kuzzle = new Kuzzle(new Protocol('127.0.0.1', { port, autoReconnect: false }));
    await kuzzle.connect();
    return kuzzle;
  };
  const admin = await connect();
  const own = await connect();
  try {
    hide(await admin.auth.login('local', { username: 'boss', password }));
    await admin.security.createUser(name, {
      content: { profileIds: ['default'], name }, credentials: { local: { username: name, password } },
    }, { refresh: 'wait_for' });
    const found = await admin.security.searchUsers({ query: { term: { _id: name } } }, { size: 1, scroll: '1m' });
    assert.deepEqual([found.total, found.hits[0]._id], [1, name]);
    assert.equal(await found.next(), null);

    hide(await own.auth.login('local', { username: name, password }, '1h'));
    const me = await own.auth.getCurrentUser();
    assert.deepEqual([me._id, me.content.name], [name, name]);
    await own.auth.updateSelf({ mood: 'fine' });
    assert.ok((await own.auth.getMyRights()).length > 0);
    assert.deepEqual((await admin.auth.getStrategies())[0], 'local');
    await assert.rejects(own.security.deleteUser(name), (error) => error.status === 403);

    const shown = await admin.security.getCredentials('local', name);
    assert.equal(shown.username, name);
    await admin.security.updateCredentials('local', name, shown);
    await admin.security.updateCredentials('local', name, { password: otherPassword });
    await assert.rejects(own.auth.getCurrentUser(), (error) => error.status === 401);
    hide(await own.auth.login('local', { username: name, password: otherPassword }));
    await own.auth.logout();
    await admin.security.deleteUser(name);
    await assert.rejects(admin.security.getUser(name), (error) => error.status === 404);
  } finally {
    admin.disconnect();
    own.disconnect();
  }
}

describe('SDKs of other ages', () => {
  let server;

  before(async () => {
    server = await start({ name: 'life' });
    const { Kuzzle, Http } = load(`kuzzle-sdk-${versions.at(-1)}`);
    const first = new Kuzzle(new Http('127.0.0.1', { port: server.port }));
    await first.connect();
    await first.security.createFirstAdmin('boss', { credentials: { local: { username: 'boss', password } } }, {});
    first.disconnect();
  });

  for (const version of versions) {
    for (const protocol of ['http', 'websocket']) {
      it(`${version} over ${protocol}`, slowest, () => life(load(`kuzzle-sdk-${version}`), protocol, server.port, `of-${version}-${protocol}`.replaceAll('.', '-')));
    }
  }

  after(async () => {
    await server?.stop();
    assertNoSecret(server?.output() ?? '', 'the output of the server');
  });
});
