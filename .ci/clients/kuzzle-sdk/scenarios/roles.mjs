// Roles: definition checks in the contract's order, and every action on them.
import assert from 'node:assert/strict';
import sdk from 'kuzzle-sdk';
import { refused, refusedNaming, withClient } from '../client.mjs';

const { Role } = sdk;
const reader = { auth: { actions: { login: true, logout: false } } };

async function creation(t, client) {
  const { security } = client;
  await t.test('createRole', async () => {
    const role = await security.createRole('role-reader', { controllers: reader });
    assert.ok(role instanceof Role);
    assert.deepEqual(role.serialize(), { _id: 'role-reader', controllers: reader });
    assert.deepEqual((await security.getRole('role-reader')).serialize(), role.serialize());
  });
  await t.test('createRole says who made it and that it is new', async () => {
    const made = await client.result('security', 'createRole', { _id: 'role-raw', body: { controllers: reader, tags: ['a'] } });
    assert.deepEqual([made._id, made._version, made.created], ['role-raw', 1, true]);
    const { _kuzzle_info: info, ...source } = made._source;
    assert.deepEqual(source, { controllers: reader, tags: ['a'] });
    assert.deepEqual([info.author, info.updatedAt, info.updater], ['boss', null, null]);
    assert.ok(Math.abs(Date.now() - info.createdAt) < 60_000);
    const kept = await client.result('security', 'getRole', { _id: 'role-raw' });
    assert.deepEqual(kept._source, made._source);
  });
  await t.test('createRole of one that exists', () =>
    refused(security.createRole('role-reader', { controllers: reader }), 400, 'services.storage.document_already_exists'));
  await t.test('a role that names the controller user is kept under the canonical names', async () => {
    const role = await security.createRole('role-alias', { controllers: { user: { actions: { get: true, create: true } } } });
    assert.deepEqual(role.controllers, { security: { actions: { getUser: true, createUser: true } } });
  });
}

async function changes(t, client) {
  const { security } = client;
  const other = { server: { actions: { now: true } } };
  await t.test('createOrReplaceRole', async () => {
    assert.deepEqual((await security.createOrReplaceRole('role-put', { controllers: reader, tags: ['x'] })).controllers, reader);
    const replaced = await client.result('security', 'createOrReplaceRole', { _id: 'role-put', body: { controllers: other } });
    assert.equal(replaced._version, 2);
    assert.equal('tags' in replaced._source, false);
  });
  await t.test('updateRole replaces the whole role', async () => {
    assert.deepEqual((await security.updateRole('role-raw', { controllers: other })).controllers, other);
    const kept = await client.result('security', 'getRole', { _id: 'role-raw' });
    assert.equal('tags' in kept._source, false);
    assert.equal(kept._source._kuzzle_info.updater, 'boss');
  });
}

async function reading(t, { security }) {
  await t.test('getRole of none', () => refused(security.getRole('role-none'), 404, 'security.role.not_found', ['role-none']));
  await t.test('mGetRoles keeps the order asked for', async () => {
    const roles = await security.mGetRoles(['role-put', 'admin', 'role-raw']);
    assert.deepEqual(roles.map((role) => role._id), ['role-put', 'admin', 'role-raw']);
    assert.ok(roles.every((role) => role instanceof Role));
    assert.deepEqual(await security.mGetRoles([]), []);
  });
  await t.test('searchRoles and its pages', async () => {
    for (const n of [1, 2, 3]) {
      await security.createRole(`role-page-${n}`, { controllers: { cluster: { actions: { status: true } } }, tags: ['paged'] });
    }
    const first = await security.searchRoles({ query: { terms: { tags: ['paged'] } } }, { from: 0, size: 2 });
    assert.deepEqual([first.total, first.fetched, first.hits.length], [3, 2, 2]);
    const second = await first.next();
    const found = [...first.hits, ...second.hits];
    assert.deepEqual(found.map((role) => role._id).sort(), ['role-page-1', 'role-page-2', 'role-page-3']);
    assert.ok(found.every((role) => role instanceof Role && role.controllers.cluster));
    assert.equal(await second.next(), null);
  });
  await t.test('searchRoles by controller', async () => {
    const found = await security.searchRoles({ controllers: ['cluster'] });
    const ids = found.hits.map((role) => role._id);
    assert.ok(ids.includes('admin') && ids.includes('role-page-1'), String(ids));
    assert.ok(!ids.includes('role-put'), String(ids));
  });
  await t.test('searchRoles: what it refuses', async () => {
    await refusedNaming(security.searchRoles({ controllers: ['auth'], query: {} }), 400, 'query');
    await refusedNaming(security.searchRoles({ controllers: 'auth' }), 400, 'controllers');
    await refused(security.searchRoles({}, { lang: 'sql' }), 400, 'api.assert.invalid_argument', ['lang']);
    await refused(security.searchRoles({ bogus: 1 }), 400, 'services.storage.invalid_search_query', ['bogus']);
  });
  await t.test('role mappings', async () => {
    const { mapping } = await security.getRoleMapping();
    assert.equal(mapping.tags.type, 'keyword');
    assert.equal('_kuzzle_info' in mapping, false);
    const updated = await security.updateRoleMapping({ properties: { label: { type: 'keyword' } } });
    assert.equal(updated.properties.label.type, 'keyword');
    assert.equal(updated.properties.tags.type, 'keyword');
    assert.equal((await security.getRoleMapping()).mapping.label.type, 'keyword');
    await security.createRole('role-label', { controllers: reader, label: 'Blue' });
    const found = await security.searchRoles({ query: { term: { label: 'Blue' } } });
    assert.deepEqual(found.hits.map((role) => role._id), ['role-label']);
  });
}

async function deletion(t, { security }) {
  await t.test('deleteRole', async () => {
    assert.equal((await security.deleteRole('role-label'))._id, 'role-label');
    await refused(security.deleteRole('role-label'), 404, 'security.role.not_found', ['role-label']);
    for (const id of ['admin', 'default', 'anonymous']) {
      await refused(security.deleteRole(id), 400, 'security.role.cannot_delete');
    }
    await security.createProfile('role-user', { policies: [{ roleId: 'role-reader' }] });
    await refused(security.deleteRole('role-reader'), 412, 'security.role.in_use', ['role-reader']);
  });
  await t.test('mDeleteRoles', async () => {
    const ids = ['role-page-1', 'role-page-2'];
    assert.deepEqual((await security.mDeleteRoles(ids)).sort(), ids);
    const partly = await refused(security.mDeleteRoles(['role-page-3', 'role-none', 'admin']), 206, 'services.storage.incomplete_delete');
    assert.equal(partly.count, 2);
    assert.deepEqual(partly.errors.map((error) => error.id).sort(), ['security.role.cannot_delete', 'security.role.not_found']);
    assert.ok(partly.errors.every((error) => error.stack === undefined));
    await refused(security.getRole('role-page-3'), 404, 'security.role.not_found');
  });
}

export async function roles(t, context) {
  await withClient(context, async (client) => {
    await creation(t, client);
    await changes(t, client);
    await reading(t, client);
    await deletion(t, client);
  });
}
