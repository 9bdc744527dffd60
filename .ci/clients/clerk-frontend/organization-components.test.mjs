// The vendor's components for organizations, loaded from the server's own packages. No call of theirs
// may fail.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createClerkClient } from '@clerk/backend';
import { freePort, inbox, start } from '../kuzzle-sdk/server.mjs';
import { launch, open, signIn } from './harness.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

describe('components for organizations', () => {
  let browser;
  let server;
  let app;
  let hosts;
  let clerk;
  let mails;

  before(async () => {
    const port = await freePort();
    const instance = `http://127.0.0.1:${port}`;
    hosts = [`127.0.0.1:${port}`];
    mails = await inbox();
    const registry = process.env.npm_config_registry;
    [browser, server] = await Promise.all([launch(), start({
      name: 'organization-components', port, mail: mails.url, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', ...(registry && { npm_config_registry: registry }) },
    })]);
    server.command('clerk', 'install');
    const { test: key } = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
    const page = `<!doctype html><title>application</title><div id="switcher"></div><div id="profile"></div><div id="list"></div>
<script crossorigin="anonymous" src="${instance}/npm/@clerk/ui@1/dist/ui.browser.js"></script>
<script crossorigin="anonymous" data-clerk-publishable-key="${key}" data-clerk-proxy-url="${instance}" src="${instance}/npm/@clerk/clerk-js@6/dist/clerk.browser.js"></script>
<script>
  (async () => {
    await window.Clerk.load({ telemetry: false, ui: { ClerkUI: window.__internal_ClerkUICtor } });
    document.title = 'ready';
  })();
</script>`;
    const application = http.createServer((request, answer) => {
      answer.setHeader('Content-Type', 'text/html; charset=utf-8');
      answer.end(page);
    });
    application.listen(0, '127.0.0.1');
    await once(application, 'listening');
    app = { url: `http://127.0.0.1:${application.address().port}`, stop: () => new Promise((done) => { application.close(done); application.closeAllConnections(); }) };
    clerk = createClerkClient({ secretKey, apiUrl: instance });
    for (const name of ['jane', 'john']) await clerk.users.createUser({ emailAddress: [`${name}@example.com`], password, firstName: name, lastName: 'Doe' });
  }, slowest);
  after(async () => {
    await browser?.close();
    await app?.stop();
    await server?.stop();
  });

  /** Opens the application, signed in, and notes all refused calls. */
  async function signedIn(name) {
    const context = await browser.newContext();
    const refused = [];
    context.on('response', (answer) => {
      if (answer.status() >= 400 && answer.url().includes('/v1/')) refused.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
    });
    const { page, complaints } = await open(browser, app, hosts, context);
    await signIn(page, `${name}@example.com`, password);
    return { page, context, refused, complaints };
  }

  it('OrganizationSwitcher makes one, OrganizationProfile invites, and the invited joins and switches', slowest, async () => {
    const jane = await signedIn('jane');
    await jane.page.evaluate(() => window.Clerk.mountOrganizationSwitcher(document.getElementById('switcher')));
    await jane.page.click('.cl-organizationSwitcherTrigger');
    await jane.page.getByText('Create organization').first().click();
    await jane.page.fill('input[name=name]', 'Acme');
    await jane.page.locator('.cl-formButtonPrimary').click();
    await jane.page.waitForFunction(() => window.Clerk.organization?.name === 'Acme');
    const addresses = jane.page.getByPlaceholder(/example@email.com/);
    await addresses.fill('john@example.com');
    await addresses.press('Enter');
    await jane.page.getByText('Select role').click();
    await jane.page.getByText('Member', { exact: true }).last().click();
    await jane.page.getByRole('button', { name: 'Send invitations' }).click();
    assert.match(await mails.next('organization-invitation', 'john@example.com'), /ticket=/);

    await jane.page.reload();
    await jane.page.waitForFunction(() => document.title === 'ready');
    await jane.page.evaluate(() => window.Clerk.mountOrganizationProfile(document.getElementById('profile'), { routing: 'hash' }));
    await jane.page.getByRole('button', { name: 'Members' }).click();
    await jane.page.getByText('jane@example.com').first().waitFor();
    await jane.page.getByRole('tab', { name: /Invitations/ }).click();
    await jane.page.getByText('john@example.com').first().waitFor();

    const john = await signedIn('john');
    // It asks for suggestions too, of which there are none.
    const suggestions = john.page.waitForResponse((one) => one.url().includes('/v1/me/organization_suggestions'));
    await john.page.evaluate(() => window.Clerk.mountOrganizationList(document.getElementById('list')));
    assert.deepEqual((await (await suggestions).json()).response, { data: [], total_count: 0 });
    await john.page.locator('#list').getByText('Acme').waitFor();
    await john.page.evaluate(() => window.Clerk.unmountOrganizationList(document.getElementById('list')));
    await john.page.evaluate(() => window.Clerk.mountOrganizationSwitcher(document.getElementById('switcher')));
    await john.page.click('.cl-organizationSwitcherTrigger');
    // A list that is rendered anew loses a click.
    for (let accepted = null; !accepted;) {
      const answer = john.page.waitForResponse((one) => one.url().includes('/accept'), { timeout: 3_000 }).catch(() => null);
      await john.page.getByRole('button', { name: 'Join' }).click();
      accepted = await answer;
    }
    await john.page.waitForFunction(async () => (await window.Clerk.user.getOrganizationMemberships()).total_count === 1);
    await john.page.reload();
    await john.page.waitForFunction(() => document.title === 'ready');
    await john.page.evaluate(() => window.Clerk.mountOrganizationSwitcher(document.getElementById('switcher')));
    await john.page.click('.cl-organizationSwitcherTrigger');
    await john.page.locator('.cl-organizationSwitcherPopoverCard').getByText('Acme').click();
    await john.page.waitForFunction(() => window.Clerk.organization?.name === 'Acme');
    const token = JSON.parse(Buffer.from((await john.page.evaluate(() => window.Clerk.session.getToken())).split('.')[1], 'base64url'));
    assert.equal(token.o.slg, 'acme');

    for (const one of [jane, john]) {
      assert.deepEqual(one.refused, []);
      assert.deepEqual(one.complaints, []);
      await one.context.close();
    }
  });
});
