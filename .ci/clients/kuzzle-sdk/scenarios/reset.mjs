// A password that was forgotten: a mail brings what sets a new one.
import assert from 'node:assert/strict';
import { login, opens, refused, withClient } from '../client.mjs';
import { hide, otherPassword, password } from '../record.mjs';
import { App } from './factors.mjs';

const name = 'reset-one@example.com';
const controller = 'kuzzle-plugin-auth-passport-local/password';
const invalid = 'plugin.kuzzle-plugin-auth-passport-local.invalid_token';

async function prepare(context) {
  return withClient(context, async ({ security }) => {
    const all = { actions: { '*': true } };
    const { controllers } = await security.getRole('anonymous');
    await security.updateRole('anonymous', { controllers: { ...controllers, [controller]: all } });
    await security.createRole('reset-role', { controllers: { auth: all, totp: all } });
    await security.createProfile('reset-profile', { policies: [{ roleId: 'reset-role' }] });
    await security.createUser('reset-1', { content: { profileIds: ['reset-profile'] }, credentials: { local: { username: name, password } } });
    return controllers;
  });
}

/** Asks for a reset and gives the token that the mail brings. */
async function tokenFor(context, client) {
  const request = (username) => client.result(controller, 'requestReset', { body: { username } }, { verb: 'POST' });
  assert.deepEqual(await request('nobody@example.com'), await request(name));
  const text = await context.mails.next('password-reset', name);
  return hide(text.match(/\b[A-Z2-7]{40,}\b/)[0]);
}

export async function reset(t, context) {
  const controllers = await prepare(context);
  const anonymous = { ...context, token: undefined };
  const choose = (client, token, secret) => client.result(controller, 'reset', { body: { token, password: secret } }, { verb: 'POST' });
  try {
    await t.test('the mail proves who chooses a new password', () =>
      withClient(anonymous, async (client) => {
        const before = hide(await login(anonymous, name, password));
        const token = await tokenFor(context, client);
        assert.equal(await opens(context, before), true);
        const { jwt } = await choose(client, token, otherPassword);
        await context.mails.next('password-changed', name);
        assert.equal(await opens(context, hide(jwt)), true);
        assert.equal(await opens(context, before), false);
        await refused(login(anonymous, name, password), 401, 'plugin.strategy.missing_user');
        hide(await login(anonymous, name, otherPassword));
        await refused(choose(client, token, password), 400, invalid);
      }));
    await t.test('it is no way round the second factor', () =>
      withClient(anonymous, async (client) => {
        const token = hide(await login(anonymous, name, otherPassword));
        const app = await withClient({ ...context, token }, async (own) => {
          const made = await own.result('totp', 'enrol');
          const shown = new App(hide(made.secret));
          await own.auth.createMyCredentials('totp', { enrolment: made.enrolment, code: await shown.next() });
          return shown;
        });
        const asked = await choose(client, await tokenFor(context, client), password);
        assert.deepEqual([asked._id, asked.jwt, asked.factors], [null, undefined, ['totp']]);
        assert.equal(await opens(context, token), false);
        hide(await client.auth.login('totp', { challenge: hide(asked.challenge), code: await app.next() }));
        assert.equal((await client.auth.getCurrentUser())._id, 'reset-1');
      }));
  } finally {
    await withClient(context, ({ security }) => security.updateRole('anonymous', { controllers }));
  }
}
