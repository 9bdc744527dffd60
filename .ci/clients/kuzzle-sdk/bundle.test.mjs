// The SDK's bundle for browsers, in a page of another origin than the server's.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import { after, before, describe, it } from 'node:test';
import { launch } from '../dashboard/browser.mjs';
import { assertNoSecret, hide, password } from './record.mjs';
import { start } from './server.mjs';

const load = createRequire(import.meta.url);
const slowest = { timeout: 60_000 };

/** What the page does; it runs in the browser. */
async function visit({ protocol, port, name, password, ping }) {
  const { Kuzzle, Http, WebSocket } = window.KuzzleSDK;
  const Protocol = protocol === 'http' ? Http : WebSocket;
  const kuzzle = new Kuzzle(new Protocol('127.0.0.1', { port, autoReconnect: false, pingInterval: ping }));
  let lost = 0;
  kuzzle.on('disconnected', () => { lost += 1; });
  await kuzzle.connect();
  const wrong = await kuzzle.auth.login('local', { username: name, password: `${password}x` }).catch((error) => error.status);
  const token = await kuzzle.auth.login('local', { username: name, password }, '1h');
  const me = await kuzzle.auth.getCurrentUser();
  const users = await kuzzle.security.searchUsers({}, { size: 10, scroll: '1m' });
  // Long enough for a few pings, each of which has to be answered before the next.
  for (const late = Date.now() + 4 * ping; Date.now() < late; await new Promise((done) => { setTimeout(done, ping); }));
  const checked = await kuzzle.auth.checkToken(token);
  await kuzzle.auth.logout();
  const after = await kuzzle.auth.checkToken(token);
  return { wrong, token, me: me._id, total: users.total, checked: checked.valid, after: after.valid, lost };
}

describe('the bundle for browsers', () => {
  let server, browser, pages;

  before(async () => {
    server = await start({ name: 'bundle' });
    const { Kuzzle, Http } = load('kuzzle-sdk');
    const first = new Kuzzle(new Http('127.0.0.1', { port: server.port }));
    await first.connect();
    await first.security.createFirstAdmin('boss', { credentials: { local: { username: 'boss', password } } }, {});
    first.disconnect();
    pages = http.createServer((_, answer) => answer.setHeader('content-type', 'text/html').end('<!doctype html><title>an application</title>'));
    pages.listen(0, '127.0.0.1');
    await once(pages, 'listening');
    browser = await launch();
  });

  for (const version of ['kuzzle-sdk-6.2.8', 'kuzzle-sdk']) {
    for (const protocol of ['http', 'websocket']) {
      it(`${version} over ${protocol}`, slowest, async () => {
        const page = await browser.newPage();
        await page.goto(`http://127.0.0.1:${pages.address().port}/`);
        // Bundlers of applications define it.
        await page.addScriptTag({ content: 'globalThis.process ??= { env: {} };' });
        await page.addScriptTag({ content: readFileSync(new URL(`node_modules/${version}/dist/kuzzle.js`, import.meta.url), 'utf8') });
        const { token, ...seen } = await page.evaluate(visit, { protocol, port: server.port, name: 'boss', password, ping: 100 });
        hide(token);
        assert.deepEqual(seen, { wrong: 401, me: 'boss', total: 1, checked: true, after: false, lost: 0 });
        await page.close();
      });
    }
  }

  after(async () => {
    await browser?.close();
    pages?.close();
    await server?.stop();
    assertNoSecret(server?.output() ?? '', 'the output of the server');
  });
});
