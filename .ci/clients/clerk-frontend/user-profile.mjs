// A walk through the vendor's UserProfile, which UserButton opens, from the name to the end of the account.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { appCode, enter } from './harness.mjs';
import { slowest } from './instance.mjs';
import { mount } from './stage.mjs';

const former = 'ann@example.com';
const added = 'ann-two@example.com';
const changed = 'quite-another-password';
/** A picture of one pixel. */
const picture = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');

/** The parts of the profile in a page, by the vendor's names. */
const parts = (page) => {
  const section = (name) => page.locator(`.cl-profileSection__${name}`);
  return {
    page, section,
    /** Opens a page of the profile. */
    turnTo: (title) => page.locator('.cl-navbarButton', { hasText: title }).click(),
    begin: (name) => page.click(`.cl-profileSectionPrimaryButton__${name}`),
    /** Presses the button of a form. Where it has fields a key is surer: what is said of them moves the button. */
    finish: (name) => section(name).locator('.cl-formButtonPrimary').click(),
    /** Forms fade away; meanwhile the next one may be there too. */
    closed: (name) => section(name).locator('.cl-formButtonPrimary').first().waitFor({ state: 'detached' }),
    async choose(within, action) {
      await within.locator('.cl-menuButtonEllipsis').click();
      await page.getByRole('menuitem', { name: action }).click();
    },
    async enterCode(code) {
      await page.focus('input[autocomplete=one-time-code]');
      await page.keyboard.type(code);
    },
  };
};

async function changeName({ page, section, begin, closed }) {
  await begin('profile');
  await enter(page, 'firstName', 'Anna');
  await closed('profile');
  await section('profile').getByText('Anna Doe').waitFor();
  assert.equal(await page.evaluate(() => window.Clerk.user.firstName), 'Anna');
}

async function changePicture({ page, section, begin, closed }) {
  await begin('profile');
  await section('profile').locator('input[type=file]').setInputFiles({ name: 'pixel.png', mimeType: 'image/png', buffer: picture });
  await page.waitForFunction(() => window.Clerk.user.hasImage
    && [...document.querySelectorAll('.cl-profileSection__profile img')].some((one) => one.src.startsWith(window.Clerk.user.imageUrl) && one.naturalWidth === 1));
  await closed('profile');
  await begin('profile');
  await section('profile').getByRole('button', { name: 'Remove' }).click();
  await page.waitForFunction(() => !window.Clerk.user.hasImage);
  await closed('profile');
  await begin('profile');
  await section('profile').getByRole('button', { name: 'Upload' }).waitFor();
  assert.equal(await section('profile').getByRole('button', { name: 'Remove' }).count(), 0, 'what is drawn for users without a picture cannot be removed');
  await section('profile').getByRole('button', { name: 'Cancel' }).click();
  await closed('profile');
}

async function changeAddress({ page, section, begin, finish, closed, choose, enterCode }, mails) {
  const address = (text) => section('emailAddresses').locator('.cl-profileSectionItem__emailAddresses', { hasText: text });
  await begin('emailAddresses');
  await enter(page, 'emailAddress', added);
  const [code] = /\b\d{6}\b/.exec(await mails.next('contact-code', added));
  await enterCode(code);
  await page.waitForFunction((added) => window.Clerk.user.emailAddresses.some((one) => one.emailAddress === added && one.verification.status === 'verified'), added);
  await closed('emailAddresses');

  await choose(address(added), 'Set as primary');
  await address(added).getByText('Primary').waitFor();
  await choose(address(former), 'Remove email');
  await finish('emailAddresses');
  await closed('emailAddresses');
  await address(former).waitFor({ state: 'detached' });
  assert.deepEqual(await page.evaluate(() => window.Clerk.user.emailAddresses.map((one) => one.emailAddress)), [added]);
}

async function endOtherDevice({ page, section, choose, turnTo }) {
  const devices = (many) => page.waitForFunction((many) => document.querySelectorAll('.cl-activeDevice').length === many, many);
  await devices(2);
  await section('activeDevices').getByText('This device').waitFor();
  const ended = page.waitForResponse((answer) => answer.url().includes('/revoke'));
  await choose(section('activeDevices'), 'Sign out of device');
  assert.equal((await ended).status(), 200);
  // This version does not draw the list anew by itself.
  await turnTo('Profile');
  await turnTo('Security');
  await devices(1);
}

async function changePassword({ page, begin, closed }) {
  await begin('password');
  await page.fill('input[name=newPassword]', changed);
  await enter(page, 'confirmPassword', changed);
  await closed('password');
}

/** Reads the backup codes that are shown, and closes them. */
async function readCodes({ section, finish, closed }) {
  const codes = section('mfa').getByText(/^\d-\w{5}-\w{5}$/);
  await codes.nth(9).waitFor();
  const shown = await codes.allInnerTexts();
  await finish('mfa');
  await closed('mfa');
  assert.equal(new Set(shown).size, 10, shown.join(' '));
  return shown;
}

async function addFactors(at) {
  const { page, section, finish, choose, enterCode } = at;
  await page.click('.cl-menuButton__mfa');
  await page.getByRole('menuitem', { name: 'Authenticator application' }).click();
  await section('mfa').getByRole('button', { name: /scan QR code/ }).click();
  const secret = await section('mfa').locator('input[readonly]').first().inputValue();
  await finish('mfa');
  await enterCode(appCode(secret));
  const first = await readCodes(at);
  await choose(section('mfa').locator('.cl-profileSectionItem__mfa', { hasText: 'Backup codes' }), 'Regenerate');
  const codes = await readCodes(at);
  assert.deepEqual(codes.filter((code) => first.includes(code)), []);
  assert.deepEqual(await page.evaluate(() => [window.Clerk.user.totpEnabled, window.Clerk.user.backupCodeEnabled]), [true, true]);
  return codes;
}

async function deleteAccount({ page, begin }) {
  await begin('danger');
  await enter(page, 'deleteConfirmation', 'Delete account');
  await page.waitForFunction(() => document.title === 'ready' && window.Clerk?.user === null);
}

/** A browser whose session ended elsewhere is signed out at its next token. */
async function signedOut({ page, leave }) {
  // It may have asked for one by itself.
  await page.evaluate(() => { window.Clerk.session?.getToken({ skipCache: true }).catch(() => {}); });
  await page.waitForFunction(() => !window.Clerk.session);
  await leave(/^401 POST .*\/tokens/);
}

/** Tests it on a stage. */
export function userProfile(stage) {
  it('UserProfile changes all that users may change, and deletes the account', slowest, async () => {
    const { id } = await stage.make('ann');
    const other = await stage.signedIn('ann');
    const ann = await stage.signedIn('ann');
    const at = parts(ann.page);
    // The store lists new sessions a moment later, and pages ask for them once.
    while ((await stage.at.clerk.sessions.getSessionList({ userId: id, status: 'active' })).totalCount < 2) await wait(20);

    await mount(ann.page, 'UserButton');
    await ann.page.click('.cl-userButtonTrigger');
    await ann.page.click('.cl-userButtonPopoverActionButton__manageAccount');
    await changeName(at);
    await changePicture(at);
    await changeAddress(at, stage.mails);

    await at.turnTo('Security');
    await endOtherDevice(at);
    await signedOut(other);
    await changePassword(at);
    const codes = await addFactors(at);

    const again = await stage.visit();
    const statuses = await again.page.evaluate(async ([identifier, password, code]) => {
      const begun = await window.Clerk.client.signIn.create({ identifier, password });
      const { status } = begun;
      const done = await begun.attemptSecondFactor({ strategy: 'backup_code', code });
      await window.Clerk.setActive({ session: done.createdSessionId });
      return [status, done.status];
    }, [added, changed, codes[3]]);
    assert.deepEqual(statuses, ['needs_second_factor', 'complete']);

    await deleteAccount(at);
    await signedOut(again);
    await assert.rejects(stage.at.clerk.users.getUser(id), { status: 404 });
    await ann.leave();
  });
}
