// Importing a file: sample, trial, live progress, report; and the digest tools.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe } from 'node:test';
import { call, picture, signIn } from './browser.mjs';
import { suite } from './walk.mjs';

const rows = 10_000;

describe('imports', () => {
  const house = suite('import', { timeout: 240_000, prepare: () => {} });
  const { walk } = house;

  walk('ten thousand rows are tried, then brought in, and the page tells live how far that is', () => house.open({ at: '/import' }), async (page, { context }) => {
    const frames = [];
    page.on('websocket', (socket) => socket.on('framereceived', ({ payload }) => frames.push(JSON.parse(payload).result)));
    await signIn(page);
    await page.getByRole('heading', { name: 'Import' }).waitFor();
    await picture(page, 'import');
    const lines = Array.from({ length: rows - 1 }, (_, i) => `${i},user${i},user${i}@example.com,"<b>User</b> ${i}"`);
    const file = { name: 'old users.csv', mimeType: 'text/csv', buffer: Buffer.from(['id,username,email,name', ...lines, 'other,user1,,somebody else', ''].join('\n')) };
    await page.getByLabel('Choose a file').setInputFiles(file);
    await page.getByText('The file is csv').waitFor();
    await page.getByRole('region', { name: 'How the file begins' }).getByText('user0@example.com').waitFor();
    await picture(page, 'import-recognised');
    await page.getByRole('button', { name: 'Try it without writing' }).click();
    await page.getByRole('status').filter({ hasText: 'Done: 10,000 rows' }).waitFor({ timeout: 100_000 });
    await page.getByText('Format: csv').waitFor();
    await picture(page, 'import-tried');
    assert.equal(await context.pages()[0].evaluate(() => document.querySelectorAll('b').length), 0, 'a name is text');
    assert.equal((await call(page, 'security', 'searchUsers', { size: 0 })).total, 1, 'nothing is written');
    frames.length = 0;
    await page.getByRole('button', { name: 'Import', exact: true }).click();
    await page.getByText('rows a second').waitFor({ timeout: 100_000 });
    await picture(page, 'import-running');
    await page.getByRole('status').filter({ hasText: 'Done: 10,000 rows' }).waitFor({ timeout: 200_000 });
    const told = new Set(frames.map((one) => one.rows));
    assert.ok(told.size > 3, `the socket told of ${told.size} places`);
    await picture(page, 'import-done');
    const waiting = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download the report' }).click();
    const report = await readFile(await (await waiting).path(), 'utf8');
    assert.match(report, /^\{"row":/);
    assert.ok(report.split('\n').filter(Boolean).length >= 1);
  });

  walk('a digest is named', () => house.open({ at: '/import' }), async (page) => {
    await signIn(page);
    await page.getByLabel('Password digest').fill('$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy');
    await page.getByRole('button', { name: 'Examine' }).click();
    await page.getByText('bcrypt', { exact: true }).waitFor();
    await page.getByText('bcrypt', { exact: true }).scrollIntoViewIfNeeded();
    await picture(page, 'digest-tools');
  });
});
