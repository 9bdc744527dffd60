// Every method, asked by nobody (401) and by somebody who may do nothing (403).
import assert from 'node:assert/strict';
import { login, refused, withClient } from '../client.mjs';
import { hide, methodsOf, password } from '../record.mjs';

const body = { content: { profileIds: ['default'] } };
const role = { controllers: { auth: { actions: { login: true } } } };
const profile = { policies: [{ roleId: 'default' }] };
const local = { username: 'rights-x', password };

// The arguments that would be right if the caller had the right.
const asked = {
  security: {
    createApiKey: ['boss', 'key'],
    checkRights: ['boss', { controller: 'auth', action: 'login' }],
    deleteApiKey: ['boss', 'key'],
    searchApiKeys: ['boss'],
    createCredentials: ['local', 'boss', local],
    createFirstAdmin: ['rights-x', {}],
    createOrReplaceProfile: ['rights-x', profile],
    createOrReplaceRole: ['rights-x', role],
    createProfile: ['rights-x', profile],
    createRestrictedUser: [{}, 'rights-x'],
    createRole: ['rights-x', role],
    createUser: ['rights-x', body],
    deleteCredentials: ['local', 'boss'],
    deleteProfile: ['rights-x'],
    deleteRole: ['rights-x'],
    deleteUser: ['boss'],
    getAllCredentialFields: [],
    getCredentialFields: ['local'],
    getCredentials: ['local', 'boss'],
    getCredentialsById: ['local', 'boss'],
    getProfile: ['admin'],
    getProfileMapping: [],
    getProfileRights: ['admin'],
    getRole: ['admin'],
    getRoleMapping: [],
    getUser: ['boss'],
    getUserMapping: [],
    getUserRights: ['boss'],
    getUserStrategies: ['boss'],
    hasCredentials: ['local', 'boss'],
    mDeleteProfiles: [['rights-x']],
    mDeleteRoles: [['rights-x']],
    mDeleteUsers: [['boss']],
    mGetProfiles: [['admin']],
    mGetUsers: [['boss']],
    mGetRoles: [['admin']],
    refresh: ['users'],
    replaceUser: ['boss', body.content],
    searchProfiles: [{}],
    searchRoles: [{}],
    searchUsers: [{}],
    updateCredentials: ['local', 'boss', { password }],
    updateProfile: ['default', profile],
    updateProfileMapping: [{ properties: {} }],
    updateRole: ['default', role],
    updateRoleMapping: [{ properties: {} }],
    updateUser: ['boss', { a: 1 }],
    updateUserMapping: [{ properties: {} }],
    validateCredentials: ['local', 'boss', local],
  },
  auth: {
    createApiKey: ['key'],
    checkRights: [{ controller: 'auth', action: 'login' }],
    deleteApiKey: ['key'],
    searchApiKeys: [],
    createMyCredentials: ['local', local],
    credentialsExist: ['local'],
    deleteMyCredentials: ['local'],
    getCurrentUser: [],
    getMyCredentials: ['local'],
    getMyRights: [],
    getStrategies: [],
    logout: [],
    updateMyCredentials: ['local', { password }],
    updateSelf: [{ a: 1 }],
    validateMyCredentials: ['local', local],
    refreshToken: [],
  },
};

// What the restricted role of anonymous allows.
const openToAll = new Set(['getCurrentUser', 'getMyRights']);
// Not requests, or sent by the SDK without the caller's token.
const beyondRights = new Set(['authenticateRequest', 'login', 'checkToken']);

export async function rights(t, context) {
  await withClient(context, async ({ security }) => {
    await security.createRole('rights-none', { controllers: { document: { actions: { get: true } } } });
    await security.createProfile('rights-none', { policies: [{ roleId: 'rights-none' }] });
    await security.createUser('rights-none', { content: { profileIds: ['rights-none'] }, credentials: { local: { username: 'rights-none', password } } });
  });
  await t.test('the tables name every method of the SDK', () =>
    withClient(context, async (client) => {
      for (const controller of ['security', 'auth']) {
        const methods = methodsOf(client.kuzzle[controller]).filter((method) => !beyondRights.has(method));
        assert.deepEqual(Object.keys(asked[controller]).sort(), methods.sort());
      }
    }));
  const token = hide(await login(context, 'rights-none', password));
  for (const [caller, options, kuid, status, id] of [
    ['nobody', { ...context, token: undefined }, '-1', 401, 'security.rights.unauthorized'],
    ['somebody without rights', { ...context, token }, 'rights-none', 403, 'security.rights.forbidden'],
  ]) {
    await withClient(options, async (client) => {
      for (const [controller, methods] of Object.entries(asked)) {
        for (const [method, args] of Object.entries(methods)) {
          if (kuid === '-1' && openToAll.has(method)) continue;
          await t.test(`${caller} calls ${controller}.${method}`, () =>
            refused(client[controller][method](...structuredClone(args)), status, id, [controller, method, kuid]));
        }
      }
      await t.test(`${caller} calls by a second name`, () =>
        refused(client.send('user', 'get', { _id: 'boss' }), status, id));
      await t.test(`${caller} calls what does not exist`, async () => {
        if (client.websocket) await refused(client.send('security', 'fly'), status, id, ['security', 'fly', kuid]);
      });
    });
  }
  await t.test('nothing of all this had an effect', () =>
    withClient(context, async ({ security }) => {
      assert.equal((await security.getUser('boss')).content.a, undefined);
      await refused(security.getUser('rights-x'), 404, 'security.user.not_found', ['rights-x']);
      await refused(security.getRole('rights-x'), 404, 'security.role.not_found', ['rights-x']);
      await refused(security.getProfile('rights-x'), 404, 'security.profile.not_found', ['rights-x']);
    }));
  if (context.protocol === 'websocket') {
    await t.test('an administrator is told what does not exist', () =>
      withClient(context, async ({ kuzzle }) => {
        await refused(kuzzle.query({ controller: 'nope', action: 'x' }), 404, 'api.process.controller_not_found', ['nope']);
        await refused(kuzzle.query({ controller: 'security', action: 'fly' }), 404, 'api.process.action_not_found', ['security', 'fly']);
      }));
  }
}
