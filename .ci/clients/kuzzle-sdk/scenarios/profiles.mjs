// Profiles and policies.
import assert from 'node:assert/strict';
import sdk from 'kuzzle-sdk';
import { refused, refusedNaming, withClient, wrongType } from '../client.mjs';

const { Profile, Role } = sdk;
const policies = [{ roleId: 'default' }];

async function creation(t, client) {
  const { security } = client;
  await t.test('createProfile', async () => {
    const profile = await security.createProfile('profile-a', { policies, rateLimit: 5, label: 'A' });
    assert.ok(profile instanceof Profile);
    assert.deepEqual(profile.serialize(), { _id: 'profile-a', policies, rateLimit: 5 });
    assert.equal(profile.label, 'A');
    const roles = await profile.getRoles();
    assert.deepEqual(roles.map((role) => [role instanceof Role, role._id]), [[true, 'default']]);
  });
  await t.test('createProfile says that it is new, and shows the optimized policies', async () => {
    const restrictedTo = [{ index: 'nyc', collections: ['taxi'] }];
    const made = await client.result('security', 'createProfile', { _id: 'profile-raw', body: { policies: [{ roleId: 'default', restrictedTo }] } });
    assert.deepEqual([made._version, made.created], [1, true]);
    assert.deepEqual([made._source.rateLimit, made._source.policies], [0, [{ roleId: 'default', restrictedTo }]]);
    assert.deepEqual(made._source.optimizedPolicies.map((policy) => policy.roleId), ['default']);
    assert.deepEqual([made._source._kuzzle_info.author, made._source._kuzzle_info.updater], ['boss', null]);
  });
  await t.test('createProfile without policies gets the role default', async () => {
    assert.deepEqual((await security.createProfile('profile-empty', { policies: [] })).policies, policies);
  });
  await t.test('createProfile of one that exists', () =>
    refused(security.createProfile('profile-a', { policies }), 400, 'services.storage.document_already_exists'));
}

async function changes(t, client) {
  const { security } = client;
  await t.test('updateProfile replaces the keys given and keeps the others', async () => {
    const updated = await security.updateProfile('profile-a', { rateLimit: 7 });
    assert.deepEqual([updated.rateLimit, updated.policies, updated.label], [7, policies, 'A']);
    const raw = await client.result('security', 'updateProfile', { _id: 'profile-a', body: { policies: [{ roleId: 'admin' }] } });
    assert.deepEqual([raw._source.policies, raw._source.rateLimit, raw._version], [[{ roleId: 'admin' }], 7, 3]);
  });
  await t.test('createOrReplaceProfile', async () => {
    assert.equal((await security.createOrReplaceProfile('profile-put', { policies, label: 'x' })).label, 'x');
    const replaced = await security.createOrReplaceProfile('profile-put', { policies });
    assert.deepEqual([replaced.label, replaced.policies], [undefined, policies]);
  });
}

async function reading(t, { security, kuzzle }) {
  await t.test('getProfile and mGetProfiles', async () => {
    assert.equal((await security.getProfile('profile-a')).rateLimit, 7);
    const profiles = await security.mGetProfiles(['profile-put', 'profile-a']);
    assert.deepEqual(profiles.map((profile) => profile._id), ['profile-put', 'profile-a']);
    assert.ok(profiles.every((profile) => profile instanceof Profile));
  });
  await t.test('getProfileRights', async () => {
    await security.createRole('profile-role', { controllers: { auth: { actions: { login: true, logout: false } } } });
    await security.createProfile('profile-rights', { policies: [{ roleId: 'profile-role', restrictedTo: [{ index: 'nyc', collections: ['taxi'] }] }] });
    const rights = await security.getProfileRights('profile-rights');
    const where = { controller: 'auth', index: 'nyc', collection: 'taxi' };
    assert.deepEqual(
      rights.sort((a, b) => a.action.localeCompare(b.action)),
      [
        { ...where, action: 'login', value: 'allowed' },
        { ...where, action: 'logout', value: 'denied' },
      ],
    );
  });
  await t.test('searchProfiles: by role, by query, by scroll', async () => {
    for (const n of [1, 2, 3]) {
      await security.createProfile(`profile-page-${n}`, { policies: [{ roleId: 'profile-role' }], tags: ['paged'] });
    }
    const byRole = await security.searchProfiles({ roles: ['profile-role'] });
    assert.equal(byRole.total, 4);
    const byQuery = await security.searchProfiles({ query: { term: { 'policies.roleId': 'profile-role' } }, sort: [{ _id: 'asc' }] }, { size: 3 });
    assert.deepEqual(byQuery.hits.map((profile) => profile._id), ['profile-page-1', 'profile-page-2', 'profile-page-3']);
    assert.ok(byQuery.hits.every((profile) => profile instanceof Profile));
    let page = await security.searchProfiles({ query: { terms: { tags: ['paged'] } } }, { scroll: '30s', size: 2 });
    const seen = [];
    for (; page; page = await page.next()) seen.push(...page.hits.map((profile) => profile._id));
    assert.deepEqual(seen.sort(), ['profile-page-1', 'profile-page-2', 'profile-page-3']);
  });
  await t.test('searchProfiles with aggregations', async () => {
    const found = await security.searchProfiles(
      { query: { terms: { tags: ['paged'] } }, aggregations: { byRole: { terms: { field: 'policies.roleId' } } } },
      { size: 0 },
    );
    assert.deepEqual(found.aggregations.byRole.buckets.map(({ key, doc_count: count }) => [key, count]), [['profile-role', 3]]);
  });
  await t.test('searchProfiles: what it refuses', async () => {
    await refusedNaming(security.searchProfiles({ roles: ['default'], query: {} }), 400, 'query');
    await refusedNaming(security.searchProfiles({ roles: 'default' }), 400, 'roles');
    await wrongType(security.searchProfiles({ query: 'x' }), 'body.query', 'object');
    await refused(
      kuzzle.query({ controller: 'security', action: 'scrollProfiles', scrollId: 'nope' }),
      404,
      'services.storage.unknown_scroll_id',
    );
  });
  await t.test('profile mappings', async () => {
    const { mapping } = await security.getProfileMapping();
    assert.equal(mapping.tags.type, 'keyword');
    assert.equal(mapping.policies.properties.roleId.type, 'keyword');
    const updated = await security.updateProfileMapping({ properties: { label: { type: 'keyword' } } });
    assert.equal(updated.properties.label.type, 'keyword');
    assert.equal((await security.getProfileMapping()).mapping.label.type, 'keyword');
  });
}

async function deletion(t, { security, kuzzle, websocket }) {
  await t.test('deleteProfile', async () => {
    assert.equal((await security.deleteProfile('profile-empty'))._id, 'profile-empty');
    await refused(security.deleteProfile('profile-empty'), 404, 'security.profile.not_found', ['profile-empty']);
    for (const id of ['admin', 'default', 'anonymous']) {
      await refused(security.deleteProfile(id), 400, 'security.profile.cannot_delete');
    }
  });
  await t.test('deleteProfile of one in use, and with its users freed', async () => {
    await security.createUser('profile-user', { content: { profileIds: ['profile-put'] } });
    await security.createUser('profile-user-2', { content: { profileIds: ['default', 'profile-put'] } });
    await refused(security.deleteProfile('profile-put'), 412, 'security.profile.in_use');
    await security.deleteProfile('profile-put', { onAssignedUsers: 'remove' });
    assert.deepEqual((await security.getUser('profile-user')).profileIds, ['anonymous']);
    assert.deepEqual((await security.getUser('profile-user-2')).profileIds, ['default']);
    await refused(security.getProfile('profile-put'), 404, 'security.profile.not_found');
  });
  if (websocket) {
    await t.test('deleteProfile: onAssignedUsers is a string', () =>
      wrongType(kuzzle.query({ controller: 'security', action: 'deleteProfile', _id: 'profile-a', onAssignedUsers: 1 }), 'onAssignedUsers', 'string'));
  }
  await t.test('mDeleteProfiles', async () => {
    assert.deepEqual((await security.mDeleteProfiles(['profile-page-1', 'profile-page-2'])).sort(), ['profile-page-1', 'profile-page-2']);
    const partly = await refused(security.mDeleteProfiles(['profile-page-3', 'profile-none']), 206, 'services.storage.incomplete_delete');
    assert.deepEqual([partly.count, partly.errors[0].id], [1, 'security.profile.not_found']);
    await refused(security.getProfile('profile-page-3'), 404, 'security.profile.not_found');
  });
}

export async function profiles(t, context) {
  await withClient(context, async (client) => {
    await creation(t, client);
    await changes(t, client);
    await reading(t, client);
    await deletion(t, client);
  });
}
