// Has Lighthouse judge the dashboard, over loopback, on a desktop and on a telephone as
// it imagines one, and fails below the least score. Reports lie beside the pictures.
//
//   KUZZLE_BIN=... node lighthouse.mjs
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { chromium } from 'playwright-core';
import { freePort, start } from '../kuzzle-sdk/server.mjs';
import { admin, call, executable, shots, signIn } from './browser.mjs';

const lighthouse = 'lighthouse@12.8.2'; // the last that Node 20 runs
const least = 95;
const categories = ['performance', 'accessibility', 'best-practices'];
// The connection is loopback's, the processor this one's.
const forms = { desktop: ['--preset=desktop', '--throttling-method=provided'], phone: ['--form-factor=mobile', '--throttling-method=provided'] };

const server = await start({ name: 'lighthouse' });
const [port, profile] = [await freePort(), mkdtempSync(path.join(os.tmpdir(), 'lighthouse-'))];
const context = await chromium.launchPersistentContext(profile, { executablePath: executable, args: ['--no-sandbox', '--disable-gpu', `--remote-debugging-port=${port}`] });
const page = context.pages()[0] ?? await context.newPage();
const at = (place) => `http://127.0.0.1:${server.port}/dashboard${place}`;
const missed = [];
mkdirSync(shots, { recursive: true });

async function judge(name, place) {
  for (const [form, how] of Object.entries(forms)) {
    const report = path.join(shots, `lighthouse-${name}-${form}`);
    await promisify(execFile)('npx', [
      '--yes', lighthouse, at(place), `--port=${port}`, '--disable-storage-reset', '--quiet', `--only-categories=${categories}`,
      '--output=json', '--output=html', `--output-path=${report}`, ...how,
    ], { maxBuffer: 1 << 26 });
    const { audits, categories: judged } = JSON.parse(readFileSync(`${report}.report.json`, 'utf8'));
    const scores = categories.map((category) => Math.round(judged[category].score * 100));
    console.log(`${name}, ${form}: ${categories.map((category, i) => `${category} ${scores[i]}`).join(', ')}; first paint ${audits['first-contentful-paint'].displayValue}, largest ${audits['largest-contentful-paint'].displayValue}, blocked ${audits['total-blocking-time'].displayValue}`);
    for (const category of categories) {
      for (const { id, weight } of judged[category].auditRefs) {
        const { score, title, displayValue } = audits[id];
        if (weight > 0 && score !== null && score < 0.9) console.log(`  ${category}: ${id}: ${title} ${displayValue ?? ''}`);
      }
    }
    if (scores.some((score) => score < least)) missed.push(`${name}, ${form}`);
  }
}

await page.goto(at('/'));
await call(page, 'security', 'createFirstAdmin', { _id: 'root', body: { content: { name: 'Root' }, credentials: { local: admin } } });
await judge('sign-in', '/');
await page.reload();
await signIn(page);
await page.getByRole('heading', { name: 'Home' }).waitFor();
for (let n = 0; n < 60; n++) await call(page, 'security', 'createUser', { body: { content: { profileIds: ['default'], name: `User ${n}` } } });
await judge('users', '/users');
await judge('home', '/');
await context.close();
await server.stop();
rmSync(profile, { recursive: true, force: true });
if (missed.length > 0) {
  console.log(`below ${least}: ${missed.join('; ')}`);
  process.exitCode = 1;
}
