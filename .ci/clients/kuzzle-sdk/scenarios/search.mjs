// Searching users: both languages, every way to turn the page, and refusals.
import assert from 'node:assert/strict';
import sdk from 'kuzzle-sdk';
import { refused, refusedNaming, withClient } from '../client.mjs';
import { password } from '../record.mjs';

const { User } = sdk;
const ids = (result) => result.hits.map((user) => user._id);
const everyone = ['search-1', 'search-2', 'search-3', 'search-4', 'search-5'];

async function mappings(t, { security }) {
  await t.test('user mappings', async () => {
    assert.equal((await security.getUserMapping()).mapping.profileIds.type, 'keyword');
    const properties = { team: { type: 'keyword' }, rank: { type: 'integer' } };
    const updated = await security.updateUserMapping({ properties });
    assert.deepEqual([updated.properties.team.type, updated.properties.rank.type], ['keyword', 'integer']);
    const { mapping } = await security.getUserMapping();
    assert.deepEqual([mapping.team.type, mapping.rank.type, '_kuzzle_info' in mapping], ['keyword', 'integer', false]);
    await refusedNaming(security.updateUserMapping({ properties: { rank: { type: 'keyword' } } }), 400, 'rank');
    for (const [n, id] of everyone.entries()) {
      await security.createUser(id, {
        content: { profileIds: ['default'], team: n % 2 ? 'odd' : 'even', rank: n + 1, crowd: 'search' },
        credentials: { local: { username: id, password } },
      });
    }
  });
}

async function languages(t, { security }) {
  const sort = [{ rank: 'asc' }];
  for (const [name, query, want] of [
    ['term', { term: { team: 'odd' } }, ['search-2', 'search-4']],
    ['terms', { terms: { rank: [1, 3] } }, ['search-1', 'search-3']],
    ['range', { range: { rank: { gt: 2, lte: 4 } } }, ['search-3', 'search-4']],
    ['ids', { ids: { values: ['search-5', 'search-1'] } }, ['search-1', 'search-5']],
    ['exists', { exists: { field: 'team' } }, everyone],
    ['prefix', { prefix: { team: 'ev' } }, ['search-1', 'search-3', 'search-5']],
    ['bool', { bool: { must: [{ term: { team: 'even' } }], must_not: [{ term: { rank: 3 } }] } }, ['search-1', 'search-5']],
    ['an unmapped field', { term: { crowd: 'search' } }, []],
  ]) {
    await t.test(`searchUsers: ${name}`, async () => {
      const found = await security.searchUsers({ query, sort });
      assert.deepEqual([found.total, ids(found)], [want.length, want]);
      assert.ok(found.hits.every((user) => user instanceof User && user.profileIds.length === 1));
    });
  }
  for (const [name, query, want] of [
    ['equals', { equals: { team: 'odd' } }, ['search-2', 'search-4']],
    ['and, range', { and: [{ equals: { team: 'even' } }, { range: { rank: { gte: 3 } } }] }, ['search-3', 'search-5']],
    ['or, in, ids', { or: [{ in: { rank: [2] } }, { ids: { values: ['search-1'] } }] }, ['search-1', 'search-2']],
    ['not', { and: [{ exists: 'team' }, { not: { equals: { team: 'even' } } }] }, ['search-2', 'search-4']],
  ]) {
    await t.test(`searchUsers in Koncorde: ${name}`, async () => {
      const found = await security.searchUsers({ query, sort }, { lang: 'koncorde' });
      assert.deepEqual(ids(found), want);
    });
  }
  await t.test('searchUsers in Koncorde refuses the operator bool', () =>
    refused(security.searchUsers({ query: { bool: {} } }, { lang: 'koncorde' }), 400, 'api.assert.koncorde_restricted_keyword', ['operator', 'bool']));
  await t.test('searchUsers without a query finds everyone', async () => {
    const found = await security.searchUsers({}, { size: 2 });
    assert.ok(found.total >= 6, String(found.total));
    assert.equal(found.hits.length, 2);
  });
}

async function allPages(first) {
  const pages = [];
  for (let page = first; page; page = await page.next()) {
    pages.push(ids(page));
    assert.ok(pages.length <= 10, 'the pages never end');
  }
  return pages;
}

async function pages(t, { security }) {
  const query = { exists: { field: 'team' } };
  await t.test('searchUsers: next() by scroll', async () => {
    const first = await security.searchUsers({ query }, { scroll: '30s', size: 2 });
    assert.deepEqual([first.total, first.fetched], [5, 2]);
    const seen = await allPages(first);
    assert.deepEqual(seen.map((page) => page.length), [2, 2, 1]);
    assert.deepEqual(seen.flat().sort(), everyone);
  });
  await t.test('searchUsers: next() by search_after', async () => {
    const seen = await allPages(await security.searchUsers({ query, sort: [{ rank: 'desc' }] }, { size: 2 }));
    assert.deepEqual(seen, [['search-5', 'search-4'], ['search-3', 'search-2'], ['search-1']]);
    const tied = await allPages(await security.searchUsers({ query, sort: [{ team: 'asc' }, { _id: 'asc' }] }, { size: 2 }));
    assert.deepEqual(tied.flat(), ['search-1', 'search-3', 'search-5', 'search-2', 'search-4']);
  });
  await t.test('searchUsers: next() by from', async () => {
    const seen = await allPages(await security.searchUsers({ query }, { from: 0, size: 3 }));
    assert.deepEqual(seen.flat().sort(), everyone);
  });
}

async function refusals(t, { security, kuzzle }) {
  await t.test('a search never reaches a credential', async () => {
    for (const query of [{ exists: { field: 'auth' } }, { prefix: { 'auth.local.secret': '$argon2' } }, { query_string: { query: '*argon2*' } }]) {
      const outcome = await security.searchUsers({ query }).catch((error) => error);
      assert.ok(outcome.status === 400 || outcome.total === 0, JSON.stringify(outcome));
    }
    const all = await kuzzle.query({ controller: 'security', action: 'searchUsers', body: { query: { exists: { field: 'team' } }, _source: ['*'] } });
    assert.doesNotMatch(JSON.stringify(all.result), /argon2|secret|incarnation/i);
  });
}

async function byCredentials(t, client) {
  const search = (body, args) => client.result('security', 'searchUsersByCredentials', { strategy: 'local', body, ...args });
  await t.test('searchUsersByCredentials', async () => {
    const found = await search({ query: { term: { username: 'search-3' } } });
    assert.deepEqual(found, { hits: [{ username: 'search-3', kuid: 'search-3' }], total: 1 });
    const several = await search({ query: { bool: { filter: [{ prefix: { username: 'search-' } }] } }, sort: [{ username: 'desc' }] }, { size: 2 });
    assert.deepEqual([several.total, several.hits.map((hit) => hit.username)], [5, ['search-5', 'search-4']]);
    await refusedNaming(search({ query: { term: { userPassword: 'x' } } }), 403, 'userPassword');
  });
}

export async function search(t, context) {
  await withClient(context, async (client) => {
    await mappings(t, client);
    await languages(t, client);
    await pages(t, client);
    await refusals(t, client);
    await byCredentials(t, client);
  });
}
