// An application of npm's @clerk/express whose page is one of @clerk/react, with scripts from the server.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClerkClient } from '@clerk/backend';
import { clerkMiddleware, getAuth } from '@clerk/express';
import { build } from 'esbuild';
import express from 'express';
import { freePort, start } from '../kuzzle-sdk/server.mjs';
import { launch, open, signIn } from './harness.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

/** The page's code: it shows the user's name, and the title says that Clerk has loaded. */
const source = (options) => `
import { createElement, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { ClerkProvider, useAuth, useUser } from '@clerk/react';
function Name() {
  const { isLoaded, userId } = useAuth();
  const { user } = useUser();
  useEffect(() => { if (isLoaded) document.title = 'ready'; }, [isLoaded]);
  return createElement('p', { id: 'name' }, userId ? user?.firstName : 'nobody');
}
createRoot(document.getElementById('root')).render(createElement(ClerkProvider, ${JSON.stringify(options)}, createElement(Name)));`;

describe('Express and React', () => {
  let browser;
  let server;
  let listening;
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
    const bundle = await build({
      stdin: { contents: source({
        publishableKey, proxyUrl: instance, telemetry: false,
        __internal_clerkJSUrl: `${instance}/npm/@clerk/clerk-js@6/dist/clerk.browser.js`, __internal_clerkUIUrl: `${instance}/npm/@clerk/ui@1/dist/ui.browser.js`,
      }), resolveDir: path.dirname(fileURLToPath(import.meta.url)) },
      bundle: true, write: false, format: 'iife', define: { 'process.env.NODE_ENV': '"production"' },
    });
    const web = express();
    web.get('/page.js', (_, answer) => answer.type('js').send(bundle.outputFiles[0].text));
    Object.assign(process.env, {
      CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_SECRET_KEY: secretKey, CLERK_API_URL: instance, CLERK_PROXY_URL: instance,
    });
    web.use(clerkMiddleware());
    web.get('/me', (request, answer) => answer.send(`<title>ready</title><p id="me">${getAuth(request).userId ?? 'nobody'}</p>`));
    web.get('/', (_, answer) => answer.send('<!doctype html><title>application</title><div id="root"></div><script src="/page.js"></script>'));
    listening = web.listen(0, '127.0.0.1');
    await once(listening, 'listening');
    app = { url: `http://127.0.0.1:${listening.address().port}` };
    await createClerkClient({ secretKey, apiUrl: instance }).users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' });
  }, slowest);
  after(async () => {
    await browser?.close();
    listening?.close();
    listening?.closeAllConnections();
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
