// An application of npm's @clerk/nextjs, built by next, that only .env.local configures.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createClerkClient } from '@clerk/backend';
import { chromium } from 'playwright-core';
import { freePort, start } from '../../clients/kuzzle-sdk/server.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const here = path.dirname(fileURLToPath(import.meta.url));
const next = path.join(here, 'node_modules/next/dist/bin/next');
const variables = path.join(here, '.env.local');
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const password = 'my-secure-password';
const slowest = { timeout: 600_000 };
/** How long after its end the middleware still takes a token. */
const leeway = 5_000;
const readyWithin = 60_000;

describe('Next.js', () => {
  let browser;
  let server;
  let running;
  let clerk;
  let url;
  let hosts;
  let user;

  before(async () => {
    const port = await freePort();
    const at = await freePort();
    const instance = `http://127.0.0.1:${port}`;
    // By its address next would take its own rewrites for those of another host.
    url = `http://localhost:${at}`;
    hosts = [`127.0.0.1:${port}`, `localhost:${at}`];
    const registry = process.env.npm_config_registry;
    server = await start({ name: 'nextjs', port, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', ...(registry && { npm_config_registry: registry }) } });
    server.command('clerk', 'install');
    const { test: key } = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
    clerk = createClerkClient({ secretKey, apiUrl: instance });
    user = await clerk.users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' });

    writeFileSync(variables, `NEXT_PUBLIC_CLERK_PUBLISHABLE_KEY=${key}
CLERK_SECRET_KEY=${secretKey}
CLERK_API_URL=${instance}
NEXT_PUBLIC_CLERK_PROXY_URL=${instance}
NEXT_PUBLIC_CLERK_JS_URL=${instance}/npm/@clerk/clerk-js@6/dist/clerk.browser.js
NEXT_PUBLIC_CLERK_UI_URL=${instance}/npm/@clerk/ui@1/dist/ui.browser.js
NEXT_PUBLIC_CLERK_SIGN_IN_URL=/sign-in
NEXT_PUBLIC_CLERK_TELEMETRY_DISABLED=1
`);
    const env = { PATH: process.env.PATH, HOME: server.home, NEXT_TELEMETRY_DISABLED: '1' };
    await promisify(execFile)(process.execPath, [next, 'build'], { cwd: here, env });
    running = spawn(process.execPath, [next, 'start', '--hostname', 'localhost', '--port', String(at)], { cwd: here, env, stdio: ['ignore', 'ignore', 'inherit'] });
    for (const late = Date.now() + readyWithin; ;) {
      if (running.exitCode !== null || Date.now() > late) throw new Error('the application does not run');
      if (await fetch(`${url}/api/me`).then((answer) => answer.ok, () => false)) break;
      await wait(100);
    }
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell', args: ['--no-sandbox', '--disable-gpu'] });
  }, slowest);
  after(async () => {
    await browser?.close();
    if (running?.kill()) await once(running, 'exit');
    rmSync(variables, { force: true });
    await server?.stop();
  });

  it('protects its pages, knows the user in each of its parts, and follows one handshake after a token has expired', slowest, async () => {
    const context = await browser.newContext();
    context.setDefaultTimeout(60_000);
    const page = await context.newPage();
    const complaints = [];
    let handshakes = 0;
    page.on('pageerror', (error) => complaints.push(`exception: ${error.stack}`));
    page.on('request', (request) => {
      const { host, pathname, protocol } = new URL(request.url());
      if (protocol.startsWith('http') && !hosts.includes(host)) complaints.push(`a request to ${request.url()}`);
      if (pathname.endsWith('/v1/client/handshake')) handshakes += 1;
    });
    const all = `${user.id} Jane jane@example.com`;

    await page.goto(`${url}/me`);
    assert.equal(await page.textContent('#me'), 'nobody');
    await page.goto(`${url}/private`);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    await page.fill('input[name=identifier]', 'jane@example.com');
    await page.press('input[name=identifier]', 'Enter');
    await page.fill('input[name=password]:not([aria-hidden=true])', password);
    await page.press('input[name=password]', 'Enter');
    await page.waitForURL(`${url}/private`);
    assert.equal(await page.textContent('#private'), user.id);
    await page.goto(`${url}/me`);
    assert.equal(await page.textContent('#me'), all);
    await page.goto(url);
    await page.waitForFunction(() => document.getElementById('name').textContent === 'Jane');
    await page.waitForSelector('.cl-userButtonTrigger');
    const token = await page.evaluate(() => window.Clerk.session.getToken());

    // Nothing renews the token while no page of the application is open.
    await page.goto('about:blank');
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1], 'base64url'));
    await wait(exp * 1000 + leeway + 1000 - Date.now());
    assert.deepEqual(await (await context.request.get(`${url}/api/me`)).json(), { userId: null });
    handshakes = 0;
    await page.goto(`${url}/me`);
    assert.equal(await page.textContent('#me'), all);
    assert.equal(handshakes, 1);
    assert.deepEqual(await (await context.request.get(`${url}/api/me`)).json(), { userId: user.id });
    await page.goto(`${url}/private`);
    assert.equal(await page.textContent('#private'), user.id);

    await page.waitForFunction(() => window.Clerk?.user);
    await Promise.all([page.waitForURL(`${url}/`), page.evaluate(() => { window.Clerk.signOut(); })]);
    await page.goto(`${url}/me`);
    assert.equal(await page.textContent('#me'), 'nobody');
    await page.goto(`${url}/private`);
    assert.equal(new URL(page.url()).pathname, '/sign-in');
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
