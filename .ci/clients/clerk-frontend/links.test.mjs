// Signs in and up by links in mails with npm's @clerk/clerk-js in headless Chromium, unchanged and
// without components.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClerkClient } from '@clerk/backend';
import { freePort, inbox, start } from '../kuzzle-sdk/server.mjs';
import { application, launch, open } from './harness.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

/** The link in a mail. */
const linkIn = (text) => /https?:\/\/\S+\/v1\/verify\?\S+/.exec(text)[0];

/** Begins to wait for a link, as an application does, and leaves the result in the page. */
const wait = (page, body) => page.evaluate(async (body) => {
  window.waits = (0, eval)(`(async () => { ${body} })()`).then((one) => { window.done = one; }, (error) => { window.done = String(error); });
}, body);

for (const kind of ['test', 'live']) {
  describe(`links with a pk_${kind}_ key`, () => {
    let browser;
    let server;
    let app;
    let clerk;
    let hosts;
    let mails;

    before(async () => {
      const port = await freePort();
      const proxy = `http://127.0.0.1:${port}`;
      hosts = [`127.0.0.1:${port}`];
      mails = await inbox();
      [browser, server] = await Promise.all([launch(), start({
        name: `front-links-${kind}`, port, mail: mails.url, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', KUZZLE_CLERK_EMAIL_LINKS: 'true' },
      })]);
      const keys = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
      app = await application({ key: keys[kind], proxy });
      clerk = createClerkClient({ secretKey, apiUrl: proxy });
      await clerk.users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' });
    }, slowest);
    after(async () => {
      await browser?.close();
      await app?.stop();
      await server?.stop();
    });

    /** Opens a link in a new tab, presses the button, and waits until the application has loaded. */
    async function press(context, link) {
      const tab = await context.newPage();
      await tab.goto(link);
      assert.equal(await tab.title(), 'Confirm your e-mail address');
      await tab.getByRole('button', { name: 'Continue' }).click();
      await tab.waitForURL(`${app.url}/**`);
      await tab.waitForFunction(() => document.title === 'ready');
      return tab;
    }

    /** What the application's page does with the link's result. */
    const handle = (tab) => tab.evaluate(() => new Promise((done) => {
      window.Clerk.handleEmailLinkVerification({ onVerifiedOnOtherDevice: () => done('elsewhere') }).then(() => done('here'), (error) => done(error.code));
    }));

    it('signs in; the page that waits goes on', slowest, async () => {
      const { page, context, complaints } = await open(browser, app, hosts);
      await wait(page, `
        const attempt = await window.Clerk.client.signIn.create({ identifier: 'jane@example.com' });
        const { emailAddressId } = attempt.supportedFirstFactors.find((one) => one.strategy === 'email_link');
        const done = await attempt.createEmailLinkFlow().startEmailLinkFlow({ emailAddressId, redirectUrl: window.location.origin + '/verify' });
        if (done.status === 'complete') await window.Clerk.setActive({ session: done.createdSessionId });
        return [done.status, done.firstFactorVerification.status];
      `);
      const link = linkIn(await mails.next('sign-in-link', 'jane@example.com'));
      const stranger = await browser.newContext();
      if (kind === 'live') {
        const mismatch = await stranger.newPage();
        await mismatch.goto(link);
        await mismatch.waitForURL(`${app.url}/**`);
        assert.equal(new URL(mismatch.url()).searchParams.get('__clerk_status'), 'client_mismatch');
        const tab = await press(context, link);
        assert.equal(new URL(tab.url()).searchParams.get('__clerk_status'), 'verified');
        assert.ok(await tab.evaluate(() => window.Clerk.client.sessions.length) === 1);
        assert.equal(await handle(tab), 'here');
      } else {
        const tab = await press(stranger, link);
        assert.equal(await handle(tab), 'elsewhere');
        assert.equal(await tab.evaluate(() => window.Clerk.isSignedIn), false, 'the other browser is not signed in');
      }
      await page.waitForFunction(() => window.done);
      assert.deepEqual(await page.evaluate(() => window.done), ['complete', 'verified']);
      assert.equal(await page.evaluate(() => window.Clerk.user?.firstName), 'Jane');
      assert.deepEqual(complaints, []);
      await stranger.close();
      await context.close();
    });

    it('signs up; the page that waits goes on', slowest, async () => {
      const { page, context } = await open(browser, app, hosts);
      const email = `link-${kind}@example.com`;
      await wait(page, `
        const attempt = await window.Clerk.client.signUp.create({ emailAddress: '${email}', password: '${password}-2', firstName: 'New' });
        const done = await attempt.createEmailLinkFlow().startEmailLinkFlow({ redirectUrl: window.location.origin + '/verify' });
        if (done.status === 'complete') await window.Clerk.setActive({ session: done.createdSessionId });
        return [done.status, done.verifications.emailAddress.strategy];
      `);
      await press(context, linkIn(await mails.next('contact-link', email)));
      await page.waitForFunction(() => window.done);
      assert.deepEqual(await page.evaluate(() => window.done), ['complete', 'email_link']);
      assert.equal(await page.evaluate(() => window.Clerk.user?.firstName), 'New');
      assert.equal((await clerk.users.getUserList({ emailAddress: [email] })).totalCount, 1);

      const added = `more-${kind}@example.com`;
      await page.evaluate(() => { window.done = null; });
      await wait(page, `
        const address = await window.Clerk.user.createEmailAddress({ email: '${added}' });
        return (await address.createEmailLinkFlow().startEmailLinkFlow({ redirectUrl: window.location.origin + '/verify' })).verification.status;
      `);
      await press(context, linkIn(await mails.next('contact-link', added)));
      await page.waitForFunction(() => window.done);
      assert.equal(await page.evaluate(() => window.done), 'verified');
      await context.close();
    });
  });
}
