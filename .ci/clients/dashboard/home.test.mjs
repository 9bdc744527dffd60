// Home: health, first steps while the instance is empty, what is counted, and events as they happen.
import { after, before, describe, it } from 'node:test';
import { start } from '../kuzzle-sdk/server.mjs';
import { admin, call, launch, open, picture, signIn } from './browser.mjs';

const slowest = { timeout: 120_000 };

describe('home', () => {
  let browser;
  let server;

  before(async () => {
    [browser, server] = await Promise.all([launch(), start({ name: 'home', env: { KUZZLE_LOGINS__FREE_FAILURES: '100' } })]);
  }, slowest);
  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  it('an empty instance offers first steps, and a refused login is told as it happens', slowest, async () => {
    const { page, calm, close } = await open(browser, server);
    await call(page, 'security', 'createFirstAdmin', { body: { content: { name: 'Root' }, credentials: { local: admin } } });
    await page.reload();
    await signIn(page);
    await page.getByRole('heading', { name: 'First steps' }).waitFor();
    await page.getByText('Well', { exact: true }).waitFor();
    await page.getByRole('img', { name: /^Requests: / }).waitFor();
    const events = page.getByRole('list', { name: 'Security events' });
    await events.waitFor();
    await page.evaluate(() => fetch('/_query', {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, credentials: 'omit',
      body: JSON.stringify({ controller: 'auth', action: 'login', strategy: 'local', body: { username: 'root', password: 'wrong' } }),
    }));
    await events.getByText('Session: refused').first().waitFor();
    await picture(page, 'home-filled');
    await page.getByLabel('Over the last').selectOption('month');
    await page.getByRole('img', { name: /^Latency/ }).waitFor();
    await page.getByRole('link', { name: 'Import users' }).click();
    await page.getByRole('heading', { name: 'Import', exact: true }).waitFor();
    calm();
    await close();
  });
});
