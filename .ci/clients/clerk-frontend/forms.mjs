// The vendor's forms in an application, with scripts from the server. Codes come by SMTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { serve } from './application.mjs';
import { arrive, enter, launch, open, signOut } from './harness.mjs';
import { instance, password, script, slowest } from './instance.mjs';
import { mailbox } from './mailbox.mjs';

/**
 * Tests the forms of one generation of the vendor's libraries, once in a process: variables configure the application.
 * @param {{library: string, packages?: string[], scripts: object}} generation library is the package for
 *   React, packages are those to install, scripts the options that name their files.
 */
export const forms = ({ library, packages = [], scripts }) => describe(`forms of ${library}`, () => {
  let browser;
  let at;
  let app;
  let mails;

  before(async () => {
    mails = await mailbox();
    [browser, at] = await Promise.all([launch(), instance({ name: 'forms', packages, env: mails.env })]);
    const addresses = Object.fromEntries(Object.entries(scripts).map(([name, file]) => [name, script(at.url, file)]));
    app = await serve({ library, form: true, env: at.variables, options: { ...at.options, signInUrl: '/', signUpUrl: '/sign-up', ...addresses } });
  }, slowest);
  after(async () => {
    await browser?.close();
    app?.stop();
    mails?.stop();
    await at?.server.stop();
  });

  it('sign up with a code, out, and in again', slowest, async () => {
    const { page, context, complaints } = await open(browser, { url: `${app.url}/sign-up` }, at.hosts);
    await page.fill('input[name=emailAddress]', 'jane@example.com');
    const code = mails.next('jane@example.com');
    await enter(page, 'password', password);
    const field = 'input[autocomplete=one-time-code]';
    await page.waitForSelector(field);
    const [digits] = /\b\d{6}\b/.exec(await code);
    await page.focus(field);
    // The form goes on by itself.
    await arrive(page, () => page.keyboard.type(digits), 'nameless');
    const { data: [user] } = await at.clerk.users.getUserList({ emailAddress: ['jane@example.com'] });
    await at.clerk.users.updateUser(user.id, { firstName: 'Jane' });
    await page.goto(`${app.url}/me`);
    assert.equal(await page.textContent('#me'), user.id);

    await page.goto(app.url);
    await page.waitForFunction(() => document.getElementById('name')?.textContent === 'Jane');
    await signOut(page);
    await enter(page, 'identifier', 'jane@example.com');
    await arrive(page, () => enter(page, 'password', password), 'Jane');
    await page.goto(`${app.url}/me`);
    assert.equal(await page.textContent('#me'), user.id);
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
