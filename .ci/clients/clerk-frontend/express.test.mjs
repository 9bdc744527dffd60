// An application of npm's @clerk/express whose page is one of @clerk/react, with scripts from the server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClerkClient } from '@clerk/backend';
import { freePort, start } from '../kuzzle-sdk/server.mjs';
import { serve } from './application.mjs';
import { launch, open, signIn } from './harness.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

describe('Express and React', () => {
  let browser;
  let server;
  let app;
  let hosts;

  before(async () => {
    const port = await freePort();
    const instance = `http://127.0.0.1:${port}`;
    hosts = [`127.0.0.1:${port}`];
    const registry = process.env.npm_config_registry;
    [browser, server] = await Promise.all([launch(), start({
      name: 'express', port, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', ...(registry && { npm_config_registry: registry }) },
    })]);
    server.command('clerk', 'install');
    const { test: publishableKey } = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
    app = await serve({
      env: { CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_SECRET_KEY: secretKey, CLERK_API_URL: instance, CLERK_PROXY_URL: instance },
      options: {
        publishableKey, proxyUrl: instance, telemetry: false,
        __internal_clerkJSUrl: `${instance}/npm/@clerk/clerk-js@6/dist/clerk.browser.js`, __internal_clerkUIUrl: `${instance}/npm/@clerk/ui@1/dist/ui.browser.js`,
      },
    });
    await createClerkClient({ secretKey, apiUrl: instance }).users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' });
  }, slowest);
  after(async () => {
    await browser?.close();
    app?.stop();
    await server?.stop();
  });

  it('hooks and the middleware know the user, also by a handshake without a session cookie', slowest, async () => {
    const { page, context, complaints } = await open(browser, app, hosts);
    assert.equal(await page.textContent('#name'), 'nobody');
    assert.equal(await signIn(page, 'jane@example.com', password), 'complete');
    await page.waitForFunction(() => document.getElementById('name').textContent === 'Jane');
    const id = await page.evaluate(() => window.Clerk.user.id);
    await page.goto(`${app.url}/me`);
    assert.equal(await page.textContent('#me'), id);

    await context.clearCookies({ name: /^__session/ });
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${app.url}/me`);
    assert.equal(await page.textContent('#me'), id);
    assert.equal(asked.filter((one) => one.endsWith('/v1/client/handshake')).length, 1, asked.join('\n'));
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
