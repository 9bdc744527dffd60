// The administrator's sledgehammers. They end sessions, so they come last.
import assert from 'node:assert/strict';
import { login, noBody, opens, refused, withClient } from '../client.mjs';
import { hide, otherPassword, password } from '../record.mjs';

const securities = (fullname, secret) => ({
  roles: { 'load-role': { controllers: { auth: { actions: { '*': true } } } } },
  profiles: { 'load-profile': { policies: [{ roleId: 'load-role' }] } },
  users: {
    'load-user': {
      content: { profileIds: ['load-profile'], fullname },
      credentials: { local: { username: 'load-user', password: secret } },
    },
  },
});

async function loadSecurities(t, context) {
  await withClient(context, async (client) => {
    const { security, kuzzle } = client;
    const load = (body, onExistingUsers) => kuzzle.query({ controller: 'admin', action: 'loadSecurities', onExistingUsers, body });
    const name = async () => (await security.getUser('load-user')).content.fullname;
    await t.test('loadSecurities', async () => {
      const { result } = await load(securities('First', password));
      assert.equal(result.acknowledge, true);
      assert.deepEqual((await security.getProfile('load-profile')).policies, [{ roleId: 'load-role' }]);
      assert.equal(await name(), 'First');
      assert.equal(await opens(context, hide(await login(context, 'load-user', password))), true);
    });
    await t.test('loadSecurities over existing users', async () => {
      await refused(load(securities('Second', password), 'fail'), 400, 'security.user.prevent_overwrite');
      assert.equal(await name(), 'First');
      await load(securities('Third', password), 'skip');
      assert.equal(await name(), 'First');
      await load(securities('Fourth', otherPassword), 'overwrite');
      assert.equal(await name(), 'Fourth');
      assert.equal(await opens(context, hide(await login(context, 'load-user', otherPassword))), true);
      await refused(load(securities('Fifth', password), 'maybe'), 400, 'api.assert.unexpected_argument', ['maybe']);
      await noBody(load(undefined));
    });
  });
}

async function resetCache(t, context) {
  return withClient(context, async (client) => {
    const reset = (database) => client.kuzzle.query({ controller: 'admin', action: 'resetCache', database });
    await t.test('resetCache ends every session', async () => {
      await refused(reset('bogus'), 404, 'services.cache.database_not_found', ['bogus']);
      assert.equal((await reset('internalCache')).result.acknowledge, true);
      assert.equal(await opens(context, context.token), false);
    });
    return hide(await login(context, 'boss', password));
  });
}

async function resetSecurity(t, context) {
  await t.test('resetSecurity leaves an open server without its users', async () => {
    await withClient(context, async (client) => {
      const before = await client.security.searchUsers({}, { size: 1 });
      const result = await client.result('admin', 'resetSecurity');
      assert.equal(result.deletedUsers, before.total);
      assert.ok(result.deletedProfiles > 0 && result.deletedRoles > 0, JSON.stringify(result));
    });
    assert.equal(await opens(context, context.token), false);
    await withClient({ ...context, token: undefined }, async ({ server, security, auth }) => {
      assert.equal(await server.adminExists(), false);
      assert.equal((await security.searchUsers({})).total, 0);
      assert.deepEqual((await security.searchProfiles({})).hits.map((profile) => profile._id).sort(), ['admin', 'anonymous', 'default']);
      await refused(auth.login('local', { username: 'boss', password }), 401, 'plugin.strategy.missing_user');
      const admin = await security.createFirstAdmin('boss', { credentials: { local: { username: 'boss', password } } });
      assert.deepEqual(admin.profileIds, ['admin']);
    });
    assert.equal(await opens(context, await login(context, 'boss', password)), true);
  });
}

export async function administration(t, context) {
  await loadSecurities(t, context);
  const token = await resetCache(t, context);
  await resetSecurity(t, { ...context, token });
}
