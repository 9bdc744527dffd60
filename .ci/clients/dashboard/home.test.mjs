// Home: health, first steps while the instance is empty, what is counted, and events as they happen.
import { describe } from 'node:test';
import { admin, call, picture, signIn } from './browser.mjs';
import { suite } from './walk.mjs';

describe('home', () => {
  const { open, walk } = suite('home');

  walk('an empty instance offers first steps, and a refused login is told as it happens', open, async (page) => {
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
  });
});
