// A fresh server that was started with --dev is open until it has an administrator.
import assert from 'node:assert/strict';
import { missing, noBody, refused, withClient, wrongType } from '../client.mjs';
import { hide, password } from '../record.mjs';

const restricted = {
  default: {
    auth: {
      actions: {
        checkToken: true, credentialsExist: true, getCurrentUser: true, getMyCredentials: true, getMyRights: true, login: true, logout: true,
        updateMyCredentials: true, updateSelf: true, validateMyCredentials: true,
      },
    },
    server: { actions: { publicApi: true } },
  },
  anonymous: {
    auth: { actions: { checkToken: true, getCurrentUser: true, getMyRights: true, login: true } },
    server: { actions: { openapi: true, publicApi: true } },
  },
};

async function storedRoles(t, { security }) {
  await t.test('the stored roles are the restricted ones all the same', async () => {
    const roles = await security.mGetRoles(['admin', 'default', 'anonymous']);
    assert.deepEqual(
      roles.map((role) => [role._id, role.controllers]),
      [
        ['admin', { '*': { actions: { '*': true } } }],
        ['default', restricted.default],
        ['anonymous', restricted.anonymous],
      ],
    );
  });
  await t.test('and so are the stored profiles', async () => {
    const profiles = await security.mGetProfiles(['admin', 'default', 'anonymous']);
    assert.deepEqual(
      profiles.map((profile) => [profile._id, profile.rateLimit, profile.policies]),
      [
        ['admin', 0, [{ roleId: 'admin' }]],
        ['default', 10, [{ roleId: 'default' }]],
        ['anonymous', 200, [{ roleId: 'anonymous' }]],
      ],
    );
  });
}

/** Before the first admin: anonymous may create users; then creates the admin. */
export async function bootstrap(t, context) {
  await withClient(context, async (client) => {
    const { security, server, kuzzle } = client;
    await t.test('there is no administrator and anonymous is let in', async () => {
      assert.equal(await server.adminExists(), false);
      const user = await security.createUser('early', { content: { profileIds: ['default'], name: 'Early' }, credentials: {} });
      assert.deepEqual([user._id, user.profileIds, user.content.name], ['early', ['default'], 'Early']);
    });
    await storedRoles(t, client);
    await t.test('createFirstAdmin refuses what it cannot use', async () => {
      await refused(
        security.createFirstAdmin('boss', { content: { profileIds: ['default'] } }, { reset: true }),
        400,
        'api.assert.forbidden_argument',
        ['body.content.profileIds'],
      );
      assert.equal(await server.adminExists(), false);
    });
    await t.test('createFirstAdmin', async () => {
      const admin = await security.createFirstAdmin(
        'boss',
        { content: { name: 'The Boss' }, credentials: { local: { username: 'boss', password } } },
        { reset: true },
      );
      assert.equal(admin._id, 'boss');
      assert.deepEqual(admin.profileIds, ['admin']);
      assert.equal(admin.content.name, 'The Boss');
    });
    await t.test('the door is closed at once, on the open connection too', async () => {
      await refused(server.adminExists(), 401, 'security.rights.unauthorized', ['server', 'adminExists', '-1']);
      await refused(security.createFirstAdmin('boss2', {}), 401, 'security.rights.unauthorized', ['security', 'createFirstAdmin', '-1']);
      await refused(security.getUser('early'), 401, 'security.rights.unauthorized', ['security', 'getUser', '-1']);
    });
  });

  return withClient(context, async ({ auth, security, server }) => {
    let token;
    await t.test('the administrator logs in and is the only first one', async () => {
      token = hide(await auth.login('local', { username: 'boss', password }));
      assert.match(token, /^kauth-[\w-]+\.[\w-]+\.[\w-]+$/);
      assert.equal(await server.adminExists(), true);
      await refused(security.createFirstAdmin('boss2', { content: {} }), 412, 'api.process.admin_exists', []);
    });
    return token;
  });
}

/** restrictDefaultRights writes the restricted content again. */
export async function restrictDefaultRights(t, context) {
  await withClient(context, async (client) => {
    const { security } = client;
    await t.test('restrictDefaultRights', async () => {
      await security.updateRole('default', { controllers: { server: { actions: { now: true } } } });
      assert.deepEqual((await security.getRole('default')).controllers, { server: { actions: { now: true } } });
      assert.deepEqual(await client.result('security', 'restrictDefaultRights'), { acknowledged: true });
      assert.deepEqual((await security.getRole('default')).controllers, restricted.default);
    });
  });
}

/** Arguments that only a WebSocket frame can leave out. */
export async function argumentsLeftOut(t, context) {
  if (context.protocol !== 'websocket') return;
  await withClient(context, async ({ kuzzle }) => {
    const ask = (action, args = {}) => kuzzle.query({ controller: 'security', action, ...args });
    const byId = [
      'getRole', 'createRole', 'createOrReplaceRole', 'updateRole', 'deleteRole', 'getProfile', 'getProfileRights', 'createProfile',
      'createOrReplaceProfile', 'updateProfile', 'deleteProfile', 'getUser', 'getUserRights', 'getUserStrategies', 'upsertUser',
      'updateUser', 'replaceUser', 'deleteUser', 'revokeTokens', 'createCredentials', 'updateCredentials', 'hasCredentials',
      'deleteCredentials', 'getCredentials', 'getCredentialsById',
    ];
    for (const action of byId) {
      await t.test(`${action} without _id, and with one that is no string`, async () => {
        await missing(ask(action), '_id');
        await missing(ask(action, { _id: '' }), '_id');
        await missing(ask(action, { _id: null }), '_id');
        await wrongType(ask(action, { _id: 7 }), '_id', 'string');
      });
    }
    for (const [action, args, path] of [
      ['checkRights', {}, 'userId'],
      ['createApiKey', {}, 'userId'],
      ['searchApiKeys', {}, 'userId'],
      ['deleteApiKey', {}, 'userId'],
      ['deleteApiKey', { userId: 'boss' }, '_id'],
      ['refresh', {}, 'collection'],
      ['scrollUsers', {}, 'scrollId'],
      ['scrollProfiles', {}, 'scrollId'],
      ['mGetUsers', {}, 'ids'],
      ['hasCredentials', { _id: 'boss' }, 'strategy'],
      ['getCredentials', { _id: 'boss' }, 'strategy'],
      ['deleteCredentials', { _id: 'boss' }, 'strategy'],
      ['validateCredentials', {}, 'strategy'],
      ['getCredentialFields', {}, 'strategy'],
      ['createCredentials', { _id: 'boss', body: {} }, 'strategy'],
    ]) {
      await t.test(`${action} without ${path}`, () => missing(ask(action, args), path));
    }
    await t.test('createCredentials asks for a body before a strategy', () => noBody(ask('createCredentials', { _id: 'boss' })));
    await t.test('login without a strategy', () => missing(kuzzle.query({ controller: 'auth', action: 'login' }), 'strategy'));
    await t.test('neither controller nor action', async () => {
      await missing(kuzzle.query({ action: 'now' }), 'controller');
      await missing(kuzzle.query({ controller: 'server' }), 'action');
    });
  });
}
