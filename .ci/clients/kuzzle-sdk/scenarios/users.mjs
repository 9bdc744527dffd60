// Users: creation wholly or not at all, changes, reading, deletion.
import assert from 'node:assert/strict';
import sdk from 'kuzzle-sdk';
import { badField, nameTaken, refused, refusedNaming, withClient } from '../client.mjs';
import { password } from '../record.mjs';

const { Profile, User } = sdk;
const content = { profileIds: ['default'], fullname: 'John Doe' };
const local = (username) => ({ local: { username, password } });

async function creation(t, client) {
  const { security } = client;
  await t.test('createUser with a given _id', async () => {
    const user = await security.createUser('user-jdoe', { content, credentials: local('user-jdoe') }, { refresh: 'wait_for' });
    assert.ok(user instanceof User);
    assert.equal(user._id, 'user-jdoe');
    assert.deepEqual([user.profileIds, user.content.fullname], [['default'], 'John Doe']);
    assert.deepEqual((await security.getUser('user-jdoe')).serialize(), user.serialize());
    const profiles = await user.getProfiles();
    assert.deepEqual(profiles.map((profile) => [profile instanceof Profile, profile._id]), [[true, 'default']]);
  });
  await t.test('createUser answers what was made, by whom, and no secret', async () => {
    const made = await client.result('security', 'createUser', { body: { content, credentials: local('user-raw') }, refresh: 'wait_for', kuid: 'human' });
    assert.deepEqual(Object.keys(made).sort(), ['_id', '_source', '_version', 'created']);
    assert.deepEqual([made._version, made.created], [1, true]);
    assert.match(made._id, /^kuid-[a-z]+-[a-z]+-\d{1,5}$/);
    const { _kuzzle_info: info, ...source } = made._source;
    assert.deepEqual(source, content);
    assert.deepEqual([info.author, info.updatedAt, info.updater], ['boss', null, null]);
  });
  await t.test('createUser with each form of kuid', async () => {
    const uuid = await security.createUser(undefined, { content }, { kuid: 'uuid' });
    assert.match(uuid._id, /^kuid-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    const lenient = await security.createUser(undefined, { content }, { kuid: 'foo', refresh: 'foo' });
    assert.match(lenient._id, /^kuid-[a-z]+-[a-z]+-\d{1,5}$/);
  });
  await t.test('createUser with ids that travel badly', async () => {
    for (const id of ['user with space', 'ünïcode-用户', 'a?b&c=d#e%20']) {
      const user = await security.createUser(id, { content });
      assert.equal(user._id, id);
      assert.equal((await security.getUser(id))._id, id);
    }
    for (const id of ['a/b', '..', '.', '-1', 'x'.repeat(513), 'tab\there']) {
      await refusedNaming(security.createUser(id, { content }), 400, '_id');
    }
  });
}

async function creationRefused(t, { security }) {
  const id = 'user-bad';
  await t.test('createUser: nothing is left of what was refused', async () => {
    await nameTaken(security.createUser(id, { content, credentials: local('USER-jdoe') }));
    await badField(security.createUser(id, { content, credentials: { local: { username: 'user-bad' } } }), 'missing_field', 'password');
    await refused(security.getUser(id), 404, 'security.user.not_found', [id]);
    assert.equal(await security.hasCredentials('local', id), false);
    const user = await security.createUser('user-good', { content, credentials: local('user-bad') });
    assert.equal(user._id, 'user-good');
  });
}

async function otherCreations(t, client) {
  const { security, kuzzle } = client;
  await t.test('createRestrictedUser', async () => {
    const user = await security.createRestrictedUser({ content: { name: 'R' }, credentials: local('user-restricted') }, 'user-restricted');
    assert.deepEqual([user._id, user.profileIds, user.content.name], ['user-restricted', ['default'], 'R']);
    await refused(security.createRestrictedUser({}, 'user-restricted'), 412, 'security.user.already_exists', ['user-restricted']);
  });
  await t.test('upsertUser creates, then updates and ignores the credentials', async () => {
    const upsert = (body) => kuzzle.query({ controller: 'security', action: 'upsertUser', _id: 'user-upsert', body });
    const body = { content: { profileIds: ['default'], a: 1 }, default: { b: 2, a: 9 }, credentials: local('user-upsert') };
    const { result: made } = await upsert(body);
    assert.deepEqual([made._id, made._source.a, made._source.b], ['user-upsert', 1, 2]);
    const { result: changed } = await upsert({ content: { profileIds: ['default'], a: 3 }, default: { b: 7 }, credentials: local('user-other') });
    assert.deepEqual([changed._source.a, changed._source.b], [3, 2]);
    assert.equal((await security.getCredentials('local', 'user-upsert')).username, 'user-upsert');
  });
  await t.test('the same actions as user:*', async () => {
    const made = await client.send('user', 'create', { _id: 'user-alias', body: { content, credentials: local('user-alias') } });
    assert.deepEqual([made.result._id, made.result._version, made.result.created], ['user-alias', 1, true]);
    assert.equal((await client.result('user', 'get', { _id: 'user-alias' }))._source.fullname, 'John Doe');
    assert.deepEqual(await client.result('user', 'strategies', { _id: 'user-alias' }), { strategies: ['local'], total: 1 });
    assert.equal((await client.result('user', 'update', { _id: 'user-alias', body: { fullname: 'J' } }))._version, 2);
    assert.equal((await client.result('user', 'search', { body: { query: { ids: { values: ['user-alias'] } } } })).total, 1);
    // Over HTTP its route is that of security:checkRights, so the envelope may name either.
    const asked = { controller: 'user', action: 'checkRights', userId: 'user-alias', _id: 'user-alias', body: { controller: 'auth', action: 'logout' } };
    assert.deepEqual((await kuzzle.query(asked)).result, { allowed: true });
    assert.deepEqual(await client.result('user', 'delete', { _id: 'user-alias' }), { _id: 'user-alias' });
    await refused(security.getUser('user-alias'), 404, 'security.user.not_found', ['user-alias']);
  });
  await t.test('the rest of user:*', async () => {
    const restricted = await client.result('user', 'createRestricted', { _id: 'user-alias-2', body: { content: { n: 1 } } });
    assert.deepEqual([restricted._id, restricted._source.profileIds], ['user-alias-2', ['default']]);
    assert.equal((await client.result('user', 'upsert', { _id: 'user-alias-2', body: { content: { profileIds: ['default'], n: 2 } } }))._source.n, 2);
    assert.equal((await client.result('user', 'replace', { _id: 'user-alias-2', body: { profileIds: ['admin'] } }))._source.n, undefined);
    assert.equal((await client.result('user', 'rights', { _id: 'user-alias-2' })).total, 1);
    assert.equal((await client.result('user', 'mappings')).mapping.profileIds.type, 'keyword');
    const mapped = await client.result('user', 'updateMappings', { body: { properties: { aliased: { type: 'keyword' } } } });
    assert.equal(mapped.properties.aliased.type, 'keyword');
    assert.equal(await client.result('user', 'refresh', { collection: 'users' }), null);
    assert.equal(await client.result('user', 'revokeTokens', { _id: 'user-alias-2' }), null);
    const page = await client.result('user', 'search', { body: {}, size: 1, scroll: '30s' });
    assert.equal((await client.result('user', 'scroll', { scrollId: page.scrollId })).hits.length, 1);
    assert.equal((await client.result('user', 'mGet', { body: { ids: ['user-alias-2'] } }, { verb: 'POST' })).hits.length, 1);
    await refused(client.send('user', 'createFirstAdmin', { body: {} }), 412, 'api.process.admin_exists');
    assert.deepEqual(await client.result('user', 'mDelete', { body: { ids: ['user-alias-2'] } }), ['user-alias-2']);
  });
}

async function changes(t, client) {
  const { security } = client;
  await t.test('updateUser merges deeply, replaces arrays, removes by null', async () => {
    await security.createUser('user-merge', { content: { profileIds: ['default'], deep: { a: 1, b: { c: 2 } }, list: [1, 2], gone: 'x' } });
    const updated = await client.result('security', 'updateUser', { _id: 'user-merge', body: { deep: { b: { d: 3 } }, list: [3], gone: null, profileIds: null } });
    assert.equal(updated._version, 2);
    const { _kuzzle_info: info, ...source } = updated._source;
    assert.deepEqual(source, { profileIds: ['default'], deep: { a: 1, b: { c: 2, d: 3 } }, list: [3] });
    assert.equal(info.updater, 'boss');
    assert.deepEqual((await security.getUser('user-merge')).content, updated._source);
    const user = await security.updateUser('user-merge', { profileIds: ['default', 'anonymous'] });
    assert.deepEqual(user.profileIds, ['default', 'anonymous']);
  });
  await t.test('replaceUser drops what is not given', async () => {
    const user = await security.replaceUser('user-merge', { profileIds: ['default'], only: 1 });
    const { _kuzzle_info: info, ...source } = user.content;
    assert.deepEqual(source, { profileIds: ['default'], only: 1 });
    assert.equal(typeof info.createdAt, 'number');
  });
}

async function reading(t, { security, kuzzle }) {
  await t.test('getUser: unknown, and the anonymous one', async () => {
    for (const id of ['-1', 'anonymous']) {
      const user = await security.getUser(id);
      assert.deepEqual([user._id, user.content.name, user.profileIds], ['-1', 'Anonymous', ['anonymous']]);
    }
  });
  await t.test('mGetUsers skips the unknown', async () => {
    const users = await security.mGetUsers(['user-jdoe', 'user-none', 'boss']);
    assert.deepEqual(users.map((user) => user._id).sort(), ['boss', 'user-jdoe']);
    assert.ok(users.every((user) => user instanceof User));
  });
  await t.test('getUserRights, getUserStrategies, checkRights', async () => {
    const rights = await security.getUserRights('boss');
    assert.deepEqual(rights, [{ controller: '*', action: '*', index: '*', collection: '*', value: 'allowed' }]);
    assert.deepEqual(await security.getUserStrategies('user-jdoe'), ['local']);
    assert.deepEqual(await security.getUserStrategies('user-merge'), []);
    assert.deepEqual(await security.getUserStrategies('-1'), []);
    assert.equal(await security.checkRights('user-jdoe', { controller: 'auth', action: 'logout' }), true);
    assert.equal(await security.checkRights('user-jdoe', { controller: 'security', action: 'getUser' }), false);
    const unknown = (call) => refused(call, 404, 'security.user.not_found', ['user-none']);
    await unknown(security.getUserRights('user-none'));
    await unknown(security.getUserStrategies('user-none'));
    await unknown(security.checkRights('user-none', { controller: 'a', action: 'b' }));
  });
  await t.test('security:explain names the profile and the role that decide', async () => {
    const explain = (action) => kuzzle.query({ controller: 'security', action: 'explain', userId: 'user-jdoe', body: { controller: 'auth', action } });
    const allowed = await explain('logout');
    assert.equal(allowed.result.allowed, true);
    assert.match(JSON.stringify(allowed.result), /"default"/);
    const denied = await explain('createApiKey');
    assert.equal(denied.result.allowed, false);
  });
}

async function deletion(t, { security, kuzzle }) {
  await t.test('refresh and revokeTokens', async () => {
    for (const collection of ['users', 'profiles', 'roles']) {
      assert.equal((await security.refresh(collection)).result, null);
    }
    await refused(security.refresh('bogus'), 400, 'api.assert.unexpected_argument', ['bogus']);
    const revoked = await kuzzle.query({ controller: 'security', action: 'revokeTokens', _id: 'user-none' });
    assert.equal(revoked.result, null);
  });
  await t.test('deleteUser frees the id and the name', async () => {
    assert.equal((await security.deleteUser('user-jdoe'))._id, 'user-jdoe');
    await refused(security.getUser('user-jdoe'), 404, 'security.user.not_found', ['user-jdoe']);
    await refused(security.deleteUser('user-jdoe'), 404, 'security.user.not_found', ['user-jdoe']);
    assert.equal((await security.createUser('user-jdoe', { content, credentials: local('user-jdoe') }))._id, 'user-jdoe');
  });
  await t.test('mDeleteUsers', async () => {
    assert.deepEqual((await security.mDeleteUsers(['user-jdoe', 'user-good'])).sort(), ['user-good', 'user-jdoe']);
    const partly = await refused(security.mDeleteUsers(['user-merge', 'user-none']), 206, 'services.storage.incomplete_delete');
    assert.deepEqual([partly.count, partly.errors[0].id], [1, 'security.user.not_found']);
    await refused(security.getUser('user-merge'), 404, 'security.user.not_found');
  });
}

export async function users(t, context) {
  await withClient(context, async (client) => {
    await creation(t, client);
    await creationRefused(t, client);
    await otherCreations(t, client);
    await changes(t, client);
    await reading(t, client);
    await deletion(t, client);
  });
}
