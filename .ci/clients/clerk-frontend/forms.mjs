// The vendor's forms in an application, with scripts from the server. Codes come by SMTP.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClerkClient } from '@clerk/backend';
import { freePort, start } from '../kuzzle-sdk/server.mjs';
import { serve } from './application.mjs';
import { arrive, enter, launch, open, signOut } from './harness.mjs';
import { mailbox } from './mailbox.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

/**
 * Tests the forms of one generation of the vendor's libraries, once in a process: variables configure the application.
 * @param {{library: string, packages?: string[], scripts: object}} generation library is the package for
 *   React, packages are those to install, scripts the options that name their files.
 */
export const forms = ({ library, packages = [], scripts }) => describe(`forms of ${library}`, () => {
  let browser;
  let server;
  let app;
  let mails;
  let clerk;
  let hosts;

  before(async () => {
    const port = await freePort();
    const instance = `http://127.0.0.1:${port}`;
    hosts = [`127.0.0.1:${port}`];
    mails = await mailbox();
    const registry = process.env.npm_config_registry;
    [browser, server] = await Promise.all([launch(), start({
      name: 'forms', port, env: { ...mails.env, KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', ...(registry && { npm_config_registry: registry }) },
    })]);
    server.command('clerk', 'install', ...packages);
    const { test: publishableKey } = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
    const addresses = Object.fromEntries(Object.entries(scripts).map(([name, file]) => [name, `${instance}/npm/${file}`]));
    app = await serve({
      library, form: true, options: { publishableKey, proxyUrl: instance, telemetry: false, signInUrl: '/', signUpUrl: '/sign-up', ...addresses },
      env: { CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_SECRET_KEY: secretKey, CLERK_API_URL: instance, CLERK_PROXY_URL: instance },
    });
    clerk = createClerkClient({ secretKey, apiUrl: instance });
  }, slowest);
  after(async () => {
    await browser?.close();
    app?.stop();
    mails?.stop();
    await server?.stop();
  });

  it('sign up with a code, out, and in again', slowest, async () => {
    const { page, context, complaints } = await open(browser, { url: `${app.url}/sign-up` }, hosts);
    await page.fill('input[name=emailAddress]', 'jane@example.com');
    const code = mails.next('jane@example.com');
    await enter(page, 'password', password);
    const field = 'input[autocomplete=one-time-code]';
    await page.waitForSelector(field);
    const [digits] = /\b\d{6}\b/.exec(await code);
    await page.focus(field);
    // The form goes on by itself.
    await arrive(page, () => page.keyboard.type(digits), 'nameless');
    const { data: [user] } = await clerk.users.getUserList({ emailAddress: ['jane@example.com'] });
    await clerk.users.updateUser(user.id, { firstName: 'Jane' });
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
