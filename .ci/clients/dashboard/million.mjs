// Measures the list of users over many of them, as somebody at the browser has it: from
// the click, or the key, to the frame that shows the rows.
//
//   KUZZLE_BIN=... node million.mjs [USERS]
//
// Fails where a step takes longer than its bar, and where typing blocks the page. The
// machine should have nothing else to do. KUZZLE_HOME names a folder that keeps the
// users for a next time; without it they are imported anew, which takes minutes.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { start } from '../kuzzle-sdk/server.mjs';
import { admin, launch, open, signIn } from './browser.mjs';
import { digests, profiles, write } from './people.mjs';

const users = Number(process.argv[2] ?? 1_000_000);
const bar = 300; // milliseconds to the first rows
const longest = 50; // milliseconds that typing may keep the page from answering
const frames = 32; // and as many more until what a key did is painted
const rounds = 5; // of each step; the middle one counts

/** A server with all users, and an administrator. */
async function serve() {
  const home = process.env.KUZZLE_HOME && path.resolve(process.env.KUZZLE_HOME);
  if (home && existsSync(path.join(home, 'data'))) return start({ name: 'million', home });
  if (home) mkdirSync(home, { recursive: true });
  const server = await start({ name: 'million', ...(home ? { home } : {}) });
  const post = async (controller, action, more) => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/_query`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ controller, action, ...more }) });
    assert.equal(answer.status, 200, await answer.text());
  };
  for (const _id of Object.keys(profiles)) await post('security', 'createProfile', { _id, body: { policies: [{ roleId: 'default' }] } });
  await post('security', 'createFirstAdmin', { _id: 'root', body: { content: { name: 'Root' }, credentials: { local: admin } } });
  await server.stop();
  const file = path.join(server.home, 'users.ndjson');
  await write(file, users);
  const began = Date.now();
  console.log(server.command('import', file, '--wrap', 'off').trim());
  console.log(`imported in ${((Date.now() - began) / 1000).toFixed()} s`);
  rmSync(file);
  return start({ name: 'million', home: server.home });
}

/** Runs in the page: notes when something is done to it, and when the rows of the last
 * answer are painted. */
function watch() {
  const seen = { open: 0, began: 0, asked: 0, painted: 0, blocked: [], slow: [] };
  window.seen = seen;
  for (const name of ['click', 'input', 'change']) addEventListener(name, (event) => { if (seen.asked === seen.painted) seen.began = event.timeStamp; }, true);
  const durations = (list) => list.getEntries().map((entry) => entry.duration);
  new PerformanceObserver((list) => seen.blocked.push(...durations(list))).observe({ type: 'longtask' });
  new PerformanceObserver((list) => seen.slow.push(...durations(list))).observe({ type: 'event', durationThreshold: 16 });
  const send = window.fetch;
  window.fetch = async (url, options) => {
    if (!String(options?.body).includes('"listUsers"') || !String(options?.body).includes('"order"')) {
      seen.open++;
      return send(url, options).finally(() => seen.open--);
    }
    const asked = ++seen.asked;
    seen.sent = performance.now();
    const response = await send(url, options);
    const read = response.json.bind(response);
    response.json = async () => {
      const answer = await read();
      if (asked === seen.asked) shown(asked, answer.result.hits.map((hit) => hit._id));
      return answer;
    };
    return response;
  };
  function shown(asked, ids) {
    const answered = performance.now();
    const look = () => {
      if (asked !== seen.asked) return;
      const there = [...document.querySelectorAll('tbody tr a.user bdi.dim')].map((one) => one.textContent);
      if (there.join() !== ids.join()) return void requestAnimationFrame(look);
      // What follows a frame's callbacks in the queue runs when it is painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => Object.assign(seen, { painted: asked, rows: ids.length, until: seen.sent - seen.began, wait: answered - seen.sent, took: performance.now() - seen.began });
      port2.postMessage(undefined);
    };
    requestAnimationFrame(look);
  }
}

const table = [];
const middle = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];

const server = await serve();
const browser = await launch();
const { page, context, close } = await open(browser, server);
await page.waitForLoadState();
await signIn(page);
await page.getByRole('heading', { name: 'Home' }).waitFor();
await context.addInitScript(watch);

/** Does something, and waits until the page shows what it asked for by that. */
async function once(act) {
  const before = await page.evaluate(() => window.seen.asked);
  await act();
  await page.waitForFunction((before) => window.seen.asked > before && window.seen.painted === window.seen.asked, before, { polling: 20 });
  return page.evaluate(() => window.seen);
}

/** Measures a step, each time from the list as it was before. */
async function step(name, act, back) {
  const seen = [];
  for (let round = 0; round < rounds; round++) {
    const { took, until, wait, rows } = await once(act);
    seen.push({ took, until, wait, rows });
    if (back) await back();
  }
  const column = (key) => middle(seen.map((one) => one[key]));
  const took = seen.map((one) => one.took);
  const total = await page.locator('h1 + .chip').textContent().catch(() => '');
  table.push({ name, took: middle(took), least: Math.min(...took), most: Math.max(...took), until: column('until'), wait: column('wait'), rows: seen[0].rows, total });
}

const list = () => page.getByRole('link', { name: 'Users', exact: true }).click();
const select = (name, value) => page.getByRole('combobox', { name }).selectOption(value);
const query = (text) => page.getByRole('searchbox').fill(text);

// The page of users as it is opened from the home page, its code included.
const fresh = async () => {
  await page.goto(`http://127.0.0.1:${server.port}/dashboard/`);
  await page.getByRole('heading', { name: 'Home' }).waitFor();
  await page.waitForFunction(() => window.seen.open === 0);
};
await fresh();
await step('the click on Users', list, fresh);
await once(list);

const filter = (name, set, unset) => step(name, set, () => once(unset));
for (const id of ['default', ...Object.keys(profiles), 'admin']) await filter(`profile ${id}`, () => select('Profile', id), () => select('Profile', ''));
for (const [value, name] of Object.entries({ banned: 'banned', locked: 'locked', secondFactor: 'with a second factor' })) await filter(name, () => select('State', value), () => select('State', ''));
await page.getByRole('button', { name: 'Filters' }).click();
for (const name of ['local', 'digest-import', 'totp', 'external']) {
  if (await page.getByRole('combobox', { name: 'Credentials' }).locator(`option[value="${name}"]`).count()) await filter(`credentials ${name}`, () => select('Credentials', name), () => select('Credentials', ''));
}
const field = (label) => page.getByLabel(label, { exact: true });
for (const name of Object.keys(digests)) await filter(`digest ${name}`, () => field('Format of the digest').fill(name), () => field('Format of the digest').fill(''));
await filter('created from 2026', () => field('Created from').fill('2026-01-01'), () => field('Created from').fill(''));
await filter('created until 2018', () => field('Created until').fill('2018-12-31'), () => field('Created until').fill(''));
for (const text of ['a', 'ad', 'ada', 'lovelace', 'example', `${users / 5}`, 'müller', '佐藤', 'ada.knuth', '+4915110', 'nobody at all']) await filter(`query ${text}`, () => query(text), () => query(''));

await page.getByRole('button', { name: 'Columns' }).click();
await page.getByRole('menuitem', { name: 'Changed' }).click();
for (const name of ['Logs in by', 'Changed', 'Last sign-in', 'Created']) {
  const turn = () => page.getByRole('columnheader', { name }).getByRole('button').click();
  await step(`by ${name}`, turn);
}
const next = () => page.getByRole('button', { name: 'Next' }).click();
await step('next page', next);
await step('page before', () => page.getByRole('button', { name: 'Previous' }).click());

// Typing, as quickly as somebody who knows the keys.
const typing = [];
for (const text of ['margaret hamilton', 'lovelace', 'zoë müller', '佐藤']) {
  await query('');
  await page.waitForFunction(() => window.seen.painted === window.seen.asked, undefined, { polling: 20 });
  await page.evaluate(() => { window.seen.blocked.length = window.seen.slow.length = 0; });
  await page.getByRole('searchbox').focus();
  const seen = await once(async () => {
    for (const letter of text) {
      await (/[a-z ]/.test(letter) ? page.keyboard.press(letter) : page.keyboard.insertText(letter));
      await page.waitForTimeout(90);
    }
  });
  const [blocked, slowest] = [seen.blocked, seen.slow].map((list) => Math.max(0, ...list));
  typing.push({ name: `typing ${text}`, blocked, slowest, took: seen.took, blocks: blocked > longest || slowest > longest + frames });
}

console.log(`\n${users} users; milliseconds from the click to the painted rows, the middle of ${rounds}; at most ${bar}`);
console.log('middle  least   most  until asked  until answered  rows  total      step');
for (const one of table) {
  const figures = [[one.took, 6], [one.least, 6], [one.most, 6], [one.until, 12], [one.wait, 15], [one.rows, 5]].map(([value, wide]) => value.toFixed().padStart(wide));
  console.log(`${figures.join(' ')}  ${String(one.total).padEnd(9)}  ${one.name}${one.took > bar ? '  TOO LONG' : ''}`);
}
console.log(`\nmilliseconds that typing kept the page from answering, at most ${longest}, and ${longest + frames} to the frame`);
console.log('longest task  slowest event  last rows');
for (const one of typing) console.log(`${one.blocked.toFixed().padStart(12)} ${one.slowest.toFixed().padStart(14)} ${one.took.toFixed().padStart(10)}  ${one.name}${one.blocks ? '  BLOCKS' : ''}`);
await close();
await browser.close();
await server.stop();
const missed = [...table.filter((one) => one.took > bar), ...typing.filter((one) => one.blocks)];
process.exitCode = missed.length > 0 ? 1 : 0;
