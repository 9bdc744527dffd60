// The way in: the first administrator, signing in and out, second factors.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { admin, call, code, open, picture, signIn } from './browser.mjs';
import { suite } from './walk.mjs';

const slowest = { timeout: 300_000 };

describe('the way in', () => {
  const { open, walk } = suite('door', { timeout: 300_000 });

  walk('the first administrator is made, and signed in', open, async (page) => {
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
  });

  walk('signing in, the palette by keyboard, and signing out', () => open({ at: '/nowhere/at/all' }), async (page) => {
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
  });

  walk('a second factor is asked for', open, async (page) => {
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
  });
});

describe('a server that is open to nobody', () => {
  const tokenFile = 'bootstrap-token';
  const house = suite('closed', { timeout: 300_000, dev: false, env: { KUZZLE_BOOTSTRAP_TOKEN_FILE: tokenFile } });

  const alert = (page, text) => page.getByRole('alert').filter({ hasText: text }).waitFor();

  it('the first administrator is made by whoever has the token, once', slowest, async () => {
    const { page, calm, close } = await house.open({ at: '/users' });
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByRole('button', { name: 'No administrator yet?' }).click();
    await page.getByRole('heading', { name: 'The first administrator' }).waitFor();
    await picture(page, 'first-administrator-by-token');
    await page.getByLabel('One-time token').fill('kboot-nothing-like-it');
    await page.getByLabel('User name').fill(admin.username);
    await page.getByLabel('Password').fill(admin.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await alert(page, 'token');
    // What was typed is kept, and the token is good after a refusal.
    await page.getByLabel('One-time token').fill(` ${readFileSync(path.join(house.server.home, tokenFile), 'utf8')}`);
    await page.getByLabel('Password').fill('short');
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await alert(page, 'too short');
    await page.getByLabel('Password').fill(admin.password);
    await page.getByRole('button', { name: 'Create administrator' }).click();
    await page.getByRole('row').filter({ hasText: admin.username }).waitFor();
    calm();
    await close();

    const second = await house.open();
    await second.page.getByRole('button', { name: 'No administrator yet?' }).click();
    await second.page.getByLabel('One-time token').fill(readFileSync(path.join(house.server.home, tokenFile), 'utf8'));
    await second.page.getByLabel('User name').fill('second');
    await second.page.getByLabel('Password').fill(admin.password);
    await second.page.getByRole('button', { name: 'Create administrator' }).click();
    await alert(second.page, 'token');
    await second.page.getByRole('button', { name: 'I have an account' }).click();
    await signIn(second.page);
    await second.page.getByRole('heading', { name: 'Home' }).waitFor();
    second.calm();
    await second.close();
  });
});
