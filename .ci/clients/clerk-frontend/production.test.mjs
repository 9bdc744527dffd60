// The shape of production: pages on https://www.x.test, the instance at https://clerk.x.test, both behind
// Caddy with a certificate of its own authority, in a browser that sends no third-party cookies.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import tls from 'node:tls';
import { createClerkClient } from '@clerk/backend';
import { freePort, start } from '../kuzzle-sdk/server.mjs';
import { serve } from './application.mjs';
import { arrive, enter, launch, open, signOut } from './harness.mjs';

const secretKey = 'sk_live_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';
const site = 'https://www.x.test';
const elsewhere = 'https://www.elsewhere.test';
const instance = 'clerk.x.test';
const readyWithin = 30_000;

/** Whether a name is served over TLS, by a certificate for it that an authority made. */
const served = (port, servername, ca) => new Promise((tell) => {
  const socket = tls.connect({ port, host: '127.0.0.1', servername, ca }, () => {
    tell(true);
    socket.end();
  }).on('error', () => tell(false));
});

/**
 * Starts Caddy.
 * @param {Record<string, number>} sites names, and the ports of what is behind them.
 * @returns {Promise<{port: number, keys: string, stop: () => Promise<void>}>} keys is the digest of the key by
 *   which its certificates are signed.
 */
async function caddy(sites) {
  const home = mkdtempSync(path.join(os.tmpdir(), 'kuzzle-caddy-'));
  const port = await freePort();
  const configuration = path.join(home, 'Caddyfile');
  writeFileSync(configuration, `{
	admin off
	auto_https disable_redirects
	skip_install_trust
	default_bind 127.0.0.1
	storage file_system ${home}
}
${Object.entries(sites).map(([name, behind]) => `https://${name}:${port} {\n\ttls internal\n\treverse_proxy 127.0.0.1:${behind}\n}`).join('\n')}
`);
  let said = '';
  const child = spawn('caddy', ['run', '--config', configuration], { env: { PATH: process.env.PATH, HOME: home }, stdio: ['ignore', 'ignore', 'pipe'] });
  child.stderr.on('data', (part) => { said += part; });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(home, { recursive: true, force: true });
  };
  const authority = (name) => readFileSync(path.join(home, 'pki/authorities/local', `${name}.crt`));
  for (const late = Date.now() + readyWithin; ; await wait(20)) {
    try {
      const all = await Promise.all(Object.keys(sites).map((name) => served(port, name, authority('root'))));
      if (all.every(Boolean)) break;
    } catch { /* it has no authority yet */ }
    if (child.exitCode !== null || Date.now() > late) {
      await stop();
      throw new Error(`Caddy does not serve; it printed:\n${said}`);
    }
  }
  const key = new X509Certificate(authority('intermediate')).publicKey.export({ type: 'spki', format: 'der' });
  return { port, keys: createHash('sha256').update(key).digest('base64'), stop };
}

describe('production', () => {
  let browser;
  let server;
  let proxy;
  let app;
  let publishableKey;
  let id;

  before(async () => {
    const port = await freePort();
    const registry = process.env.npm_config_registry;
    server = await start({
      name: 'production', port, dev: false,
      env: {
        KUZZLE_CLERK_FRONTEND_API: instance, KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_TRUSTED_PROXIES: '127.0.0.1', ...(registry && { npm_config_registry: registry }),
      },
    });
    server.command('clerk', 'install');
    publishableKey = JSON.parse(server.command('key', 'publishable', '--json')).live;
    const apiUrl = `http://127.0.0.1:${port}`;
    app = await serve({ env: { CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_SECRET_KEY: secretKey, CLERK_API_URL: apiUrl }, options: { publishableKey }, form: true });
    ({ id } = await createClerkClient({ secretKey, apiUrl }).users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' }));
    proxy = await caddy({ [instance]: port, [new URL(site).host]: app.port, [new URL(elsewhere).host]: app.port });
    const here = [instance, new URL(site).host, new URL(elsewhere).host].map((name) => `MAP ${name} 127.0.0.1:${proxy.port}`);
    browser = await launch('--test-third-party-cookie-phaseout', `--ignore-certificate-errors-spki-list=${proxy.keys}`, `--host-resolver-rules=${here.join(',')},MAP * ~NOTFOUND`);
  }, slowest);
  after(async () => {
    await browser?.close();
    await proxy?.stop();
    app?.stop();
    await server?.stop();
  });

  it('the key alone makes pages and their server know the user, by the cookies of the domain', slowest, async () => {
    const suffix = createHash('sha1').update(publishableKey).digest('base64url').slice(0, 8);
    const { page, context, complaints } = await open(browser, { url: site }, [instance]);
    const cookies = async () => Object.fromEntries((await context.cookies([site, `https://${instance}`])).map((one) => [one.name, one]));

    await enter(page, 'identifier', 'jane@example.com');
    await arrive(page, () => enter(page, 'password', password), 'Jane');

    const now = Date.now() / 1000;
    const found = await cookies();
    const shape = ({ domain, path, httpOnly, secure, sameSite, expires }) => ({ domain, path, httpOnly, secure, sameSite, days: Math.round((expires - now) / 86_400) });
    assert.deepEqual(shape(found.__client), { domain: instance, path: '/', httpOnly: true, secure: true, sameSite: 'Lax', days: 365 });
    for (const name of ['__client_uat', `__client_uat_${suffix}`]) {
      assert.deepEqual(shape(found[name]), { domain: '.x.test', path: '/', httpOnly: false, secure: true, sameSite: 'Lax', days: 365 }, name);
      assert.ok(Math.abs(Number(found[name].value) - now) < 120, found[name].value);
    }
    for (const name of ['__session', `__session_${suffix}`]) {
      const { domain, httpOnly, secure, sameSite } = found[name];
      assert.deepEqual({ domain, httpOnly, secure, sameSite }, { domain: 'www.x.test', httpOnly: false, secure: true, sameSite: 'Lax' }, name);
    }

    await page.goto(`${site}/me`);
    assert.equal(await page.textContent('#me'), id);
    await context.clearCookies({ name: /^__session/ });
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    const handshakes = () => asked.splice(0).filter((one) => one === '/v1/client/handshake').length;
    await page.goto(`${site}/me`);
    assert.equal(await page.textContent('#me'), id);
    assert.equal(handshakes(), 1);
    assert.deepEqual(Object.keys(await cookies()).filter((name) => name.includes('handshake')), [], 'the nonce is gone with its use');
    await page.goto(`${site}/me`);
    assert.equal(await page.textContent('#me'), id);
    assert.equal(handshakes(), 0, 'the handshake left a token');

    const before = (await cookies()).__client.value;
    await page.goto(site);
    await page.waitForFunction(() => document.getElementById('name')?.textContent === 'Jane');
    await signOut(page);
    await page.waitForSelector('input[name=identifier]');
    const left = await cookies();
    assert.deepEqual([left.__client_uat.value, left[`__client_uat_${suffix}`].value], ['0', '0']);
    assert.deepEqual(Object.keys(left).filter((name) => name.startsWith('__session')), []);
    asked.length = 0;
    await page.goto(`${site}/me`);
    assert.deepEqual([await page.textContent('#me'), handshakes()], ['nobody', 0]);
    assert.deepEqual(complaints, []);
    await context.close();
  });

  it('a page of another site learns nothing', slowest, async () => {
    const context = await browser.newContext();
    const page = await context.newPage();
    await context.addCookies([{ name: 'third', value: 'party', url: `https://${instance}`, sameSite: 'None', secure: true }]);
    /** What the browser sends to the instance from a page of an origin, and whether the page may read the answer. */
    async function ask(origin) {
      await page.goto(`${origin}/page.js`);
      const asked = page.waitForRequest((request) => request.url().startsWith(`https://${instance}/`));
      const read = await page.evaluate((url) => fetch(url, { credentials: 'include' }).then(() => true, () => false), `https://${instance}/v1/client`);
      return [(await (await asked).allHeaders()).cookie, read];
    }
    assert.deepEqual(await ask(site), ['third=party', true]);
    assert.deepEqual(await ask(elsewhere), [undefined, false]);
    await context.close();
  });
});
