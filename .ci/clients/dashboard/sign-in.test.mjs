// The way in: the first administrator, signing in and out, second factors.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { start } from '../kuzzle-sdk/server.mjs';
import { admin, call, code, launch, open, picture, signIn } from './browser.mjs';

const slowest = { timeout: 300_000 };

describe('the way in', () => {
  let browser;
  let server;

  before(async () => {
    [browser, server] = await Promise.all([launch(), start({ name: 'door', env: { KUZZLE_LOGINS__FREE_FAILURES: '100' } })]);
  }, slowest);
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('the first administrator is made, and signed in', slowest, async () => {
    const { page, calm, close } = await open(browser, server);
    await page.getByRole('heading', { name: 'The first administrator' }).waitFor();
    await picture(page, 'first-administrator');
    await page.getByLabel('Name', { exact: true }).fill('Root <b>of all</b>');
    await page.getByLabel('User name').fill(admin.username);
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByRole('alert').filter({ hasText: 'too short' }).waitFor();
    assert.equal(await page.getByLabel('Password').getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Password').fill(admin.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByText('Root <b>of all</b>').first().waitFor();
    assert.equal(await page.evaluate(() => document.cookie), '', 'the cookie is out of reach of scripts');
    calm();
    await close();
  });

  it('signing in, the palette by keyboard, and signing out', slowest, async () => {
    const { page, calm, close } = await open(browser, server, { at: '/nowhere/at/all' });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await picture(page, 'sign-in');
    await signIn(page, { ...admin, password: 'wrong password' });
    await page.getByRole('alert').filter({ hasText: 'wrong' }).waitFor();
    await signIn(page);
    // The address is kept over the login, and leads nowhere.
    await page.getByRole('heading', { name: 'There is no such page' }).waitFor();
    await picture(page, 'no-such-page');
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox').waitFor();
    await picture(page, 'palette');
    await page.keyboard.type('home');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    assert.ok(page.url().endsWith('/dashboard/'));
    await page.reload();
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    await picture(page, 'home');
    await page.getByRole('button', { name: 'Your account' }).press('Enter');
    await page.getByRole('menuitem', { name: 'Deutsch' }).waitFor();
    await picture(page, 'account');
    await page.getByRole('menuitem', { name: 'Deutsch' }).click();
    await page.getByRole('heading', { name: 'Start' }).waitFor();
    assert.equal(await page.locator('html').getAttribute('lang'), 'de');
    await page.getByRole('button', { name: 'Ihr Konto' }).click();
    await page.getByRole('menuitem', { name: 'Darstellung: Dunkel' }).click();
    assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark');
    await page.getByRole('button', { name: 'Ihr Konto' }).click();
    await page.getByRole('menuitem', { name: 'Abmelden' }).click();
    await page.getByRole('heading', { name: 'Anmelden' }).waitFor();
    calm();
    await close();
  });

  it('a second factor is asked for', slowest, async () => {
    const { page, calm, close } = await open(browser, server);
    await signIn(page);
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    const { secret, enrolment } = await call(page, 'totp', 'enrol');
    await call(page, 'auth', 'createMyCredentials', { strategy: 'totp', body: { enrolment, code: code(secret) } });
    const drawn = await call(page, 'backup-code', 'draw');
    await call(page, 'auth', 'createMyCredentials', { strategy: 'backup-code', body: { enrolment: drawn.enrolment, code: drawn.codes[0] } });
    await page.getByRole('button', { name: 'Your account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await signIn(page);
    await page.getByLabel('Code').waitFor();
    await picture(page, 'second-factor');
    await page.getByLabel('By').selectOption('backup-code');
    await page.getByLabel('Code').fill('wrong');
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('alert').waitFor();
    await page.getByLabel('Code').fill(drawn.codes[1]);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'Home' }).waitFor();
    calm();
    await close();
  });
});
