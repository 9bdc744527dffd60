// Drives Debian's Chromium through the dashboard.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { onCluster } from '../kuzzle-sdk/server.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Whether pictures are taken: where a folder for them is named. */
const pictured = Boolean(process.env.KUZZLE_SCREENSHOTS);
/** The folder of pictures. */
export const shots = process.env.KUZZLE_SCREENSHOTS ?? path.join(path.dirname(fileURLToPath(import.meta.url)), '../../out/dashboard');
const wide = { width: 1280, height: 860 };
const narrow = { width: 390, height: 844 };

/** Debian's Chromium, as the program that has no window: it draws the same for less. */
export const executable = process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell';

/** Starts the browser, once for all tests of a file. */
export async function launch() {
  return chromium.launch({ executablePath: executable, args: ['--no-sandbox', '--disable-gpu'] });
}

/**
 * Opens the dashboard in a window of its own. Whatever the browser complains about fails
 * the test that calls check: an exception, a script or style that the policy refused.
 * @param {{port: number}} server
 */
export async function open(browser, server, { locale = 'en-GB', at = '/' } = {}) {
  const context = await browser.newContext({ viewport: wide, locale, reducedMotion: 'reduce', bypassCSP: false });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints = [];
  page.on('pageerror', (error) => complaints.push(`exception: ${error.stack}`));
  page.on('dialog', (dialog) => { complaints.push(`dialog: ${dialog.message()}`); void dialog.dismiss(); });
  page.on('console', (message) => {
    // A refused request is also told to the console; the pages say it to the user.
    if (message.type() === 'error' && !/Failed to load resource|ERR_CONNECTION_REFUSED/.test(message.text())) complaints.push(message.text());
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && url.port !== String(server.port)) complaints.push(`a request to ${url.host}`);
  });
  await page.goto(`http://127.0.0.1:${server.port}/dashboard${at}`);
  return {
    page,
    context,
    complaints,
    /** Fails if the browser complained. */
    calm: () => assert.deepEqual(complaints, []),
    close: () => context.close(),
  };
}

/** Has axe look at the page, and fails on its findings. */
export async function accessible(page, name) {
  // The policy lets no script in; the debugger is no part of the page.
  const findings = await page.evaluate(`(async () => { ${axe}; return (await window.axe.run(document, { resultTypes: ['violations'] })).violations; })()`);
  assert.deepEqual(findings.map((one) => `${name}: ${one.id} (${one.help}): ${one.nodes.slice(0, 3).map((node) => `${node.html.slice(0, 200)} ${node.any[0]?.message ?? ''}`).join(' | ')}`), []);
}

/**
 * Has axe look at the page as it is, wide and light, and narrow and dark, and checks that it is no wider than its
 * window. Where KUZZLE_SCREENSHOTS names a folder, it takes pictures of both widths in both colours, for somebody who looks
 * at them. What a page looks like does not depend on the store: it is looked at on one. A whole page is
 * pictured beyond what a window shows of it.
 */
export async function picture(page, name, { whole = false } = {}) {
  if (onCluster) return;
  for (const [size, viewport] of Object.entries({ wide, narrow })) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['light', 'dark']) {
      const judged = (size === 'wide') === (colorScheme === 'light');
      if (!judged && !pictured) continue;
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      if (pictured) await page.screenshot({ path: path.join(shots, `${name}-${size}-${colorScheme}.png`), fullPage: whole });
      if (judged) await accessible(page, `${name}, ${size}, ${colorScheme}`);
    }
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    assert.ok(wider <= 0, `${name} is ${wider} pixels too wide, ${size}`);
  }
  await page.setViewportSize(wide);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

/** Calls an action as the page could, with the browser's cookie; gives its result. */
export async function call(page, controller, action, more = {}) {
  const answer = await page.evaluate(async (body) => (await fetch('/_query', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body })).json(), JSON.stringify({ controller, action, ...more }));
  assert.equal(answer.error, null, JSON.stringify(answer.error));
  return answer.result;
}

export const admin = { username: 'root', password: 'open sesame' };

/** Signs in by the form that is shown. */
export async function signIn(page, { username, password } = admin) {
  await page.getByLabel('User name').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** The code that an authenticator app shows now. */
export function code(secret, at = Date.now()) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
