// Credentials, managed by an administrator and by the user himself.
import assert from 'node:assert/strict';
import { hasNone, hasThemAlready, login, nameTaken, noBody, opens, refused, withClient } from '../client.mjs';
import { hide, otherPassword, password } from '../record.mjs';

const unknownStrategy = (request) => refused(request, 400, 'security.credentials.unknown_strategy', ['nope']);

/** Every *Credentials action of the security controller. */
export async function credentials(t, context) {
  await withClient(context, async ({ security, kuzzle }) => {
    await security.createUser('cred-1', { content: { profileIds: ['default'] } });
    await security.createUser('cred-2', { content: { profileIds: ['default'] }, credentials: { local: { username: 'cred-two', password } } });

    await t.test('fields', async () => {
      assert.deepEqual(await security.getCredentialFields('local'), ['username', 'password']);
      assert.deepEqual((await security.getAllCredentialFields()).local, ['username', 'password']);
      await unknownStrategy(security.getCredentialFields('nope'));
    });
    await t.test('createCredentials', async () => {
      assert.equal(await security.hasCredentials('local', 'cred-1'), false);
      assert.deepEqual(await security.createCredentials('local', 'cred-1', { username: 'Cred-One', password }), { username: 'Cred-One' });
      assert.equal(await security.hasCredentials('local', 'cred-1'), true);
      assert.deepEqual(await security.getCredentials('local', 'cred-1'), { username: 'Cred-One', kuid: 'cred-1' });
      assert.deepEqual(await security.getCredentialsById('local', 'Cred-One'), { username: 'Cred-One', kuid: 'cred-1' });
      assert.equal(await opens(context, await login(context, 'Cred-One', password)), true);
    });
    await t.test('createCredentials: what it refuses', async () => {
      await nameTaken(security.createCredentials('local', 'early', { username: 'cred-one', password }));
      await hasThemAlready(security.createCredentials('local', 'cred-1', { username: 'again', password }));
      assert.equal(await security.hasCredentials('local', 'early'), false);
    });
    await t.test('validateCredentials', async () => {
      assert.equal(await security.validateCredentials('local', 'early', { username: 'free', password }), true);
      await nameTaken(security.validateCredentials('local', 'early', { username: 'cred-one', password }));
      assert.equal(await security.hasCredentials('local', 'early'), false);
    });
    await t.test('updateCredentials renews the password and ends the sessions', async () => {
      const before = hide(await login(context, 'cred-two', password));
      assert.deepEqual(await security.updateCredentials('local', 'cred-2', { password: otherPassword }), { username: 'cred-two', kuid: 'cred-2' });
      assert.equal(await opens(context, before), false);
      assert.equal(await opens(context, await login(context, 'cred-two', otherPassword)), true);
      await refused(login(context, 'cred-two', password), 401, 'plugin.strategy.missing_user');
    });
    await t.test('updateCredentials renames', async () => {
      assert.deepEqual(await security.updateCredentials('local', 'cred-2', { username: 'cred-2nd' }), { username: 'cred-2nd' });
      assert.equal((await security.getCredentialsById('local', 'cred-2nd')).kuid, 'cred-2');
      await hasNone(security.getCredentialsById('local', 'cred-two'));
      assert.deepEqual(await security.createCredentials('local', 'early', { username: 'cred-two', password }), { username: 'cred-two' });
    });
    await t.test('deleteCredentials', async () => {
      assert.deepEqual(await security.deleteCredentials('local', 'cred-2'), { acknowledged: true });
      assert.equal(await security.hasCredentials('local', 'cred-2'), false);
      await hasNone(security.deleteCredentials('local', 'cred-2'));
      await hasNone(security.getCredentials('local', 'cred-2'));
      for (const action of ['hasCredentials', 'getCredentials', 'getCredentialsById', 'deleteCredentials']) {
        await unknownStrategy(security[action]('nope', 'cred-2'));
      }
    });
    await t.test('a name that no one has', () => hasNone(kuzzle.query({ controller: 'security', action: 'getCredentialsById', strategy: 'local', _id: 'nobody-at-all' })));
  });
}

/** Everything a user does about himself. */
export async function self(t, context) {
  await withClient(context, async ({ security }) => {
    await security.createRole('self-role', { controllers: { auth: { actions: { '*': true } } } });
    await security.createProfile('self-profile', { policies: [{ roleId: 'self-role' }] });
    await security.createUser('self-1', {
      content: { profileIds: ['self-profile'], nickname: 'one' },
      credentials: { local: { username: 'self-one', password } },
    });
  });
  await withClient({ ...context, token: undefined }, async (client) => {
    const { auth, kuzzle } = client;
    await auth.login('local', { username: 'self-one', password });
    await t.test('getCurrentUser', async () => {
      const user = await auth.getCurrentUser();
      assert.deepEqual([user._id, user.profileIds, user.content.nickname], ['self-1', ['self-profile'], 'one']);
      assert.deepEqual((await client.result('auth', 'getCurrentUser')).strategies, ['local']);
    });
    await t.test('updateSelf', async () => {
      const user = await auth.updateSelf({ nickname: 'uno', extra: { a: 1 } });
      assert.deepEqual([user.content.nickname, user.content.extra, user.profileIds], ['uno', { a: 1 }, ['self-profile']]);
      assert.deepEqual((await auth.getCurrentUser()).content, user.content);
      assert.equal(user.content._kuzzle_info.updater, 'self-1');
      await refused(auth.updateSelf({ profileIds: ['admin'] }), 400, 'api.assert.forbidden_argument', ['body.profileIds']);
      assert.deepEqual((await auth.getCurrentUser()).profileIds, ['self-profile']);
    });
    await t.test('getMyRights and checkRights', async () => {
      assert.deepEqual(await auth.getMyRights(), [{ controller: 'auth', action: '*', index: '*', collection: '*', value: 'allowed' }]);
      assert.equal(await auth.checkRights({ controller: 'auth', action: 'logout' }), true);
      assert.equal(await auth.checkRights({ controller: 'security', action: 'getUser' }), false);
    });
    await t.test('getStrategies', async () => {
      assert.ok((await auth.getStrategies()).includes('local'));
    });
    await t.test('my credentials, read and validated', async () => {
      assert.equal(await auth.credentialsExist('local'), true);
      assert.deepEqual(await auth.getMyCredentials('local'), { username: 'self-one', kuid: 'self-1' });
      assert.equal(await auth.validateMyCredentials('local', { username: 'self-new', password }), true);
      await nameTaken(auth.validateMyCredentials('local', { username: 'boss', password }));
      await hasThemAlready(auth.createMyCredentials('local', { username: 'self-more', password }));
    });
    await t.test('my credentials: what is refused, in this order', async () => {
      for (const action of ['createMyCredentials', 'updateMyCredentials', 'validateMyCredentials']) {
        await noBody(auth[action]('nope', undefined));
        await unknownStrategy(auth[action]('nope', {}));
      }
      for (const action of ['credentialsExist', 'getMyCredentials', 'deleteMyCredentials']) {
        await unknownStrategy(auth[action]('nope'));
      }
    });
    await t.test('updateMyCredentials: my other sessions end, this one stays', async () => {
      const elsewhere = hide(await login(context, 'self-one', password));
      assert.deepEqual(await auth.updateMyCredentials('local', { password: otherPassword }), { username: 'self-one', kuid: 'self-1' });
      assert.equal((await auth.getCurrentUser())._id, 'self-1');
      assert.equal(await opens(context, elsewhere), false);
      assert.equal(await opens(context, await login(context, 'self-one', otherPassword)), true);
    });
    await t.test('deleteMyCredentials, createMyCredentials', async () => {
      assert.equal(await auth.deleteMyCredentials('local'), true);
      assert.equal(await auth.credentialsExist('local'), false);
      await hasNone(auth.getMyCredentials('local'));
      await hasNone(auth.updateMyCredentials('local', { password }));
      await hasNone(auth.deleteMyCredentials('local'));
      assert.deepEqual(await auth.createMyCredentials('local', { username: 'self-two', password }), { username: 'self-two' });
      const again = await kuzzle.query({ controller: 'auth', action: 'getCurrentUser' });
      assert.deepEqual(again.result.strategies, ['local']);
      assert.equal(await opens(context, await login(context, 'self-two', password)), true);
    });
  });
}
