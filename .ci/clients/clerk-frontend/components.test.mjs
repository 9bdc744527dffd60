// The vendor's components, loaded from the server's own packages as kuzzle clerk install has them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createClerkClient } from '@clerk/backend';
import { freePort, start } from '../kuzzle-sdk/server.mjs';
import { launch, open } from './harness.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

describe('components from the server', () => {
  let browser;
  let server;
  let app;
  let hosts;
  const loaded = [];

  before(async () => {
    const port = await freePort();
    const instance = `http://127.0.0.1:${port}`;
    hosts = [`127.0.0.1:${port}`];
    const registry = process.env.npm_config_registry;
    [browser, server] = await Promise.all([launch(), start({
      name: 'components', port, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', ...(registry && { npm_config_registry: registry }) },
    })]);
    assert.match(server.command('clerk', 'install'), /^@clerk\/clerk-js@6\.40\.0 is installed\n@clerk\/ui@1\.36\.0 is installed\n$/);
    assert.equal(server.command('clerk', 'packages'), '@clerk/clerk-js@6.40.0\n@clerk/ui@1.36.0\n');
    const { test: key } = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
    const page = `<!doctype html><title>application</title><div id="root"></div>
<script crossorigin="anonymous" src="${instance}/npm/@clerk/ui@1/dist/ui.browser.js"></script>
<script crossorigin="anonymous" data-clerk-publishable-key="${key}" data-clerk-proxy-url="${instance}" src="${instance}/npm/@clerk/clerk-js@6/dist/clerk.browser.js"></script>
<script>
  (async () => {
    await window.Clerk.load({ telemetry: false, ui: { ClerkUI: window.__internal_ClerkUICtor } });
    // To somebody who is signed in the form shows nothing, it goes to the page after: here, for ever.
    if (!window.Clerk.user) window.Clerk.mountSignIn(document.getElementById('root'), { routing: 'hash' });
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
    await createClerkClient({ secretKey, apiUrl: instance }).users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' });
  }, slowest);
  after(async () => {
    await browser?.close();
    await app?.stop();
    await server?.stop();
  });

  it('SignIn signs in by a password, and no other host is asked', slowest, async () => {
    const context = await browser.newContext();
    context.on('request', (request) => loaded.push(request.url()));
    const { page, complaints } = await open(browser, app, hosts, context);
    await page.fill('input[name=identifier]', 'jane@example.com');
    await page.press('input[name=identifier]', 'Enter');
    await page.fill('input[name=password]:not([aria-hidden=true])', password);
    await page.press('input[name=password]', 'Enter');
    await page.waitForFunction(() => window.Clerk?.user?.firstName === 'Jane');
    assert.deepEqual(complaints, []);
    const scripts = loaded.filter((url) => url.endsWith('.js'));
    assert.ok(scripts.some((url) => url.includes('/npm/@clerk/ui@1.36.0/dist/')), scripts.join('\n'));
    assert.ok(scripts.every((url) => url.includes('/npm/@clerk/')), scripts.join('\n'));
    await context.close();
  });
});
