// Two servers, each a process of its own, on one cluster.
import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { login, refused, withClient } from '../client.mjs';
import { hide, password } from '../record.mjs';
import { start } from '../server.mjs';

const who = { username: 'node-one', password };
const binding = 1000;

/** A session lives at one server, and its user is banned at another. */
export async function bannedElsewhere(t, context) {
  const other = await start({ name: 'other', beside: context.home });
  const there = { ...context, port: other.port };
  try {
    await withClient(context, async ({ security }) => {
      await security.createProfile('node-profile', { rateLimit: 0, policies: [{ roleId: 'default' }] });
      await security.createUser('node-1', { content: { profileIds: ['node-profile'] }, credentials: { local: who } });
    });
    await withClient({ ...context, token: undefined }, async (client) => {
      hide(await client.auth.login('local', who));
      const alive = () => client.auth.getCurrentUser().then(({ _id }) => _id === 'node-1', (error) => error.status !== 401 && Promise.reject(error));
      assert.equal(await alive(), true);
      await withClient(there, (boss) => boss.send('security', 'banUser', { _id: 'node-1' }));
      const banned = Date.now();
      for (let asked = Date.now(); await alive(); asked = Date.now()) {
        assert.ok(asked - banned <= binding, `the session lives ${asked - banned} ms after the ban`);
        await wait(5);
      }
      await refused(login({ ...context, token: undefined }, who.username, password), 403, 'security.user.banned');
      await withClient(there, (boss) => boss.send('security', 'unbanUser', { _id: 'node-1' }));
      assert.equal(await alive(), false);
    });
  } finally {
    await other.stop();
  }
}
