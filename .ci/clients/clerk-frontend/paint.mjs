// Measures how long <SignIn/> takes from the navigation to the first frame that has its field, with the
// server and with a bare one that repeats its answers, in turns: in a browser that knows nothing, and once
// more in the same one. Prints medians. Where others use the machine, the median of each turn's ratio says
// more than the ratio of the medians.
//
//   KUZZLE_BIN=... node paint.mjs [ROUNDS]
import path from 'node:path';
import { application, launch } from './harness.mjs';
import { instance } from './instance.mjs';
import { record, standIn } from './stand-in.mjs';

const rounds = Number(process.argv[2] ?? 25);
const loaded = `window.Clerk.mountSignIn(document.getElementById('root'), { routing: 'hash' });`;
const field = 'input[name=identifier]';

/** Notes the first frame in which the field is visible. */
const watch = (field) => {
  const look = () => {
    if (document.querySelector(field)?.checkVisibility({ visibilityProperty: true, opacityProperty: true })) window.painted = performance.now();
    else requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
};

async function paint(page, app) {
  await page.goto(app.url, { waitUntil: 'commit' });
  const time = await (await page.waitForFunction(() => window.painted)).jsonValue();
  // The next navigation interrupts nothing.
  await page.waitForFunction(() => document.title === 'ready');
  await page.waitForLoadState('networkidle');
  return time;
}

async function visits(browser, app, look = () => {}) {
  const context = await browser.newContext();
  await context.addInitScript(watch, field);
  const page = await context.newPage();
  look(page);
  const times = [await paint(page, app), await paint(page, app)];
  await context.close();
  return times;
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];

const [browser, at] = await Promise.all([launch(), instance({ name: 'paint' })]);
const here = await application({ key: at.key, proxy: at.url, components: true, loaded });
let answers;
await visits(browser, here, (page) => { answers = record(page, at.url); });
const bare = await standIn(await answers(), path.join(at.server.home, 'data'));
const there = await application({ key: bare.key, proxy: bare.url, components: true, loaded });
const rows = new Map([[here, []], [there, []]]);
await visits(browser, there);
for (let round = 0; round < rounds; round += 1) {
  for (const app of round % 2 ? [here, there] : [there, here]) rows.get(app).push(await visits(browser, app));
}
const [ours, theirs] = [rows.get(here), rows.get(there)];
console.log(`| until the form is there, medians of ${rounds} | here | a bare server | ratio | ratio in a turn |\n|---|---|---|---|---|`);
['a browser that knows nothing', 'once more'].forEach((what, i) => {
  const times = [ours, theirs].map((all) => median(all.map((one) => one[i])));
  const inTurn = median(ours.map((one, round) => one[i] / theirs[round][i]));
  console.log(`| ${what} | ${times[0].toFixed(0)} ms | ${times[1].toFixed(0)} ms | ${(times[0] / times[1]).toFixed(2)} × | ${inTurn.toFixed(2)} × |`);
});
await browser.close();
for (const one of [here, there, bare, at.server]) await one.stop();
