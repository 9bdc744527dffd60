// Actions that want a fresh proof of a factor: asked for over the page, which then goes on.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { call, code, picture, signIn } from './browser.mjs';
import { suite } from './walk.mjs';

const slowest = { timeout: 300_000 };

describe('a fresh proof', () => {
  const warden = { username: 'warden', password: 'correct horse' };
  let wardens;
  const house = suite('proof', {
    timeout: 300_000, stays: true,
    async prepare(page) {
      await call(page, 'security', 'createProfile', { _id: 'careful', body: { policies: [{ roleId: 'admin' }], stepUp: { 'security:deleteUser': '15m' } } });
      await call(page, 'security', 'createUser', { _id: 'warden', body: { content: { profileIds: ['careful'], name: 'Warden' }, credentials: { local: warden } } });
      for (const _id of ['first-to-go', 'second-to-go']) await call(page, 'security', 'createUser', { _id, body: { content: { profileIds: ['default'] } } });
      wardens = await enter();
    },
  });

  /** A session of the warden, begun with the password alone. */
  async function enter() {
    const theirs = await house.open();
    await signIn(theirs.page, warden);
    await theirs.page.getByRole('heading', { name: 'Home' }).waitFor();
    return theirs;
  }
  const row = (name) => wardens.page.getByRole('row').filter({ hasText: name });
  const dialog = (name) => wardens.page.getByRole('dialog', { name });
  const exists = async (_id) => (await call(house.root.page, 'security', 'mGetUsers', { ids: _id })).hits.length === 1;
  async function remove(name) {
    await row(name).getByRole('button').click();
    await wardens.page.getByRole('menuitem', { name: 'Delete user' }).click();
    await dialog(/^Delete/).getByRole('button', { name: 'Delete user' }).click();
  }

  it('the password of a login is fresh, and asks for nothing', slowest, async () => {
    const { page, calm } = wardens;
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await remove('first-to-go');
    await row('first-to-go').waitFor({ state: 'detached' });
    await row('second-to-go').waitFor();
    calm();
  });

  it('a session that began before its user had a second factor is asked for that', slowest, async () => {
    const { page, calm } = wardens;
    // They enrol an app in another session, as they would on their phone.
    const phone = await enter();
    const { secret, enrolment } = await call(phone.page, 'totp', 'enrol');
    const used = Date.now();
    await call(phone.page, 'auth', 'createMyCredentials', { strategy: 'totp', body: { enrolment, code: code(secret, used) } });
    await phone.close();

    // Who declines sees the refusal, and nothing is done.
    await remove('second-to-go');
    const proof = dialog('Is it still you?');
    await proof.waitFor();
    await picture(page, 'fresh-proof');
    await page.keyboard.press('Escape');
    await proof.waitFor({ state: 'detached' });
    await dialog(/^Delete/).getByRole('alert').filter({ hasText: 'proof' }).waitFor();
    assert.ok(await exists('second-to-go'));

    await dialog(/^Delete/).getByRole('button', { name: 'Delete user' }).click();
    await proof.getByLabel('Code').fill('000000');
    await proof.getByRole('button', { name: 'Confirm' }).click();
    await proof.getByRole('alert').waitFor();
    assert.ok(await exists('second-to-go'));
    // A code is good once: this is the next one, which a clock a little fast shows.
    await proof.getByLabel('Code').fill(code(secret, used + 30_000));
    await proof.getByRole('button', { name: 'Confirm' }).click();
    await row('second-to-go').waitFor({ state: 'detached' });
    await row('Warden').waitFor();
    assert.ok(!(await exists('second-to-go')));
    calm();
  });
});
