// Applications of their own origins, whose pages load the vendor's scripts, and what a person does with them.
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

/** The folder of clerk-js's scripts. */
const scripts = path.join(path.dirname(fileURLToPath(import.meta.url)), 'node_modules/@clerk/clerk-js/dist');
const executable = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell';

/** Starts the browser, once for all tests of a file. */
export const launch = (...args) => chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu', ...args] });

/**
 * Starts an application.
 * @param {{key: string, proxy: string, host?: string, components?: boolean, loaded?: string}} options key is its
 *   publishable key, proxy where the instance is; with components its page has the vendor's components,
 *   and loads all scripts from the instance; loaded is what the page does once Clerk has loaded.
 */
export async function application({ key, proxy, host = '127.0.0.1', components = false, loaded = '' }) {
  const from = components ? `${proxy}/npm/@clerk/clerk-js@6/dist` : '/scripts';
  const page = `<!doctype html><title>application</title><div id="root"></div>
${components ? `<script crossorigin="anonymous" src="${proxy}/npm/@clerk/ui@1/dist/ui.browser.js"></script>` : ''}
<script crossorigin="anonymous" data-clerk-publishable-key="${key}" data-clerk-proxy-url="${proxy}" src="${from}/clerk.browser.js"></script>
<script>
  window.ready = (async () => {
    await window.Clerk.load({ telemetry: false, ui: ${components ? '{ ClerkUI: window.__internal_ClerkUICtor }' : 'undefined'} });
    ${loaded}
    document.title = 'ready';
  })();
</script>`;
  const server = http.createServer((request, answer) => {
    const { pathname } = new URL(request.url, 'http://any');
    if (pathname.startsWith('/scripts/') && !pathname.includes('..')) {
      answer.setHeader('Content-Type', 'application/javascript; charset=utf-8');
      createReadStream(path.join(scripts, path.basename(pathname))).on('error', () => answer.writeHead(404).end()).pipe(answer);
      return;
    }
    answer.setHeader('Content-Type', 'text/html; charset=utf-8');
    answer.end(page);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://${host}:${server.address().port}`,
    stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
  };
}

/**
 * Opens a page of an application in a context, a new one if none is given, and waits until Clerk has
 * loaded.
 * @param {{url: string}} app
 * @param {string[]} hosts the hosts that the page may call, beside the application's.
 */
export async function open(browser, app, hosts, context) {
  context ??= await browser.newContext();
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`exception: ${error.stack}`));
  page.on('request', (request) => {
    const { host, protocol } = new URL(request.url());
    if (protocol.startsWith('http') && host !== new URL(app.url).host && !hosts.includes(host)) complaints.push(`a request to ${request.url()}`);
  });
  await page.goto(app.url);
  await page.waitForFunction(() => document.title === 'ready');
  return { page, context, complaints };
}

/** Signs in by a password, as an application without components does. */
export const signIn = (page, identifier, password) => page.evaluate(async ([identifier, password]) => {
  const attempt = await window.Clerk.client.signIn.create({ identifier, password });
  if (attempt.status === 'complete') await window.Clerk.setActive({ session: attempt.createdSessionId });
  return attempt.status;
}, [identifier, password]);

/**
 * Signs out, and waits for the page that clerk-js then goes to. That ends the old page at any moment, so
 * that nothing may be asked of it meanwhile.
 */
export async function signOut(page) {
  await Promise.all([page.waitForEvent('framenavigated'), page.evaluate(() => { window.Clerk.signOut(); })]);
  await page.waitForFunction(() => document.title === 'ready');
}

/** Fills in a field of one of the vendor's forms, and goes on. */
export async function enter(page, field, value) {
  await page.fill(`input[name=${field}]:not([aria-hidden=true])`, value);
  await page.press(`input[name=${field}]:not([aria-hidden=true])`, 'Enter');
}

/**
 * Waits until the vendor's form has gone to the page after it, which shows the name of the user. That
 * page is the same one, anew.
 * @param {() => Promise<void>} last is the form's last step.
 */
export async function arrive(page, last, name) {
  await page.evaluate(() => { window.old = true; });
  await last();
  await page.waitForFunction((name) => !window.old && document.getElementById('name')?.textContent === name, name);
}

/** Calls do in the page, and returns the codes of the error that it throws. */
export const refusal = (page, body) => page.evaluate(async (body) => {
  try {
    await (0, eval)(`(async () => { ${body} })()`);
  } catch (error) {
    return error.errors?.map((one) => one.code) ?? [String(error)];
  }
  return [];
}, body);

/** The code that an authenticator app shows now. */
export function appCode(secret) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
