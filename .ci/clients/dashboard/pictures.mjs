// Takes the pictures of .github/DASHBOARD.md, of a small instance with users as they may be:
//
//   go build -o /tmp/kuzzle ./kuzzle && cd .ci/clients/dashboard && KUZZLE_BIN=/tmp/kuzzle node pictures.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { start } from '../kuzzle-sdk/server.mjs';
import { admin, call, launch, open, signIn } from './browser.mjs';

const into = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../../.github/dashboard');
const people = [
  ['Ada', 'Lovelace', ['editor']], ['Grace', 'Hopper', ['editor', 'default']], ['Katherine', 'Johnson', ['default']], ['Radia', 'Perlman', ['default']],
  ['Margaret', 'Hamilton', ['default']], ['Barbara', 'Liskov', ['default']], ['Frances', 'Allen', ['default']], ['Edsger', 'Dijkstra', ['default']],
];
const digest = '$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG';

const [browser, server] = await Promise.all([launch(), start({ name: 'pictures' })]);
mkdirSync(into, { recursive: true });
try {
  const { page } = await open(browser, server);
  const shot = (name, more = {}) => page.screenshot({ path: path.join(into, `${name}.png`), ...more });
  await call(page, 'security', 'createFirstAdmin', { body: { content: { name: 'Root' }, credentials: { local: admin } } });
  await page.reload();
  await signIn(page);
  await page.getByRole('heading', { name: 'First steps' }).waitFor();
  const role = (actions) => ({ controllers: { auth: { actions: { '*': true } }, security: { actions } } });
  await call(page, 'security', 'createRole', { _id: 'editor', body: role({ getUser: true, searchUsers: true }) });
  await call(page, 'security', 'createProfile', { _id: 'editor', body: { policies: [{ roleId: 'editor' }] } });
  for (const [firstName, lastName, profileIds] of people) {
    const name = `${firstName}.${lastName}`.toLowerCase();
    await call(page, 'security', 'createUser', {
      _id: name,
      body: { content: { profileIds }, account: { firstName, lastName, emailAddresses: [`${name}@example.com`] }, credentials: { 'digest-import': { username: name, passwordDigest: digest } } },
    });
  }
  await call(page, 'security', 'banUser', { _id: 'edsger.dijkstra' });
  await call(page, 'security', 'lockUser', { _id: 'frances.allen', expiresIn: '1h' });
  await call(page, 'security', 'updateUserMetadata', { _id: 'ada.lovelace', body: { public: { plan: 'pro' }, private: { crm: 7 } } });

  await page.getByRole('link', { name: 'Users', exact: true }).click();
  await page.getByText('ada.lovelace@example.com').waitFor();
  await shot('users');
  await page.getByRole('link', { name: /Ada Lovelace/ }).click();
  await page.getByText('User: created').or(page.getByText('Created', { exact: true })).first().waitFor();
  await page.waitForLoadState('networkidle');
  await shot('user');

  const file = path.join(tmpdir(), 'users.csv');
  writeFileSync(file, `id,email,first_name,password_digest,password_hasher\n${Array.from({ length: 20_000 }, (_, n) => `u${n},user${n}@example.com,Name ${n},${digest},bcrypt\n`).join('')}`);
  await page.getByRole('link', { name: 'Import', exact: true }).click();
  await page.locator('input[type=file]').setInputFiles(file);
  await page.waitForLoadState('networkidle');
  await shot('import');
  await page.getByRole('link', { name: 'Home', exact: true }).click();
  await page.getByText('Security events').waitFor();
  await page.waitForLoadState('networkidle');
  await shot('home');

  await page.goto(`http://127.0.0.1:${server.port}/dashboard/rights/roles/editor`);
  await page.getByLabel('Find an action').fill('User');
  await page.getByRole('checkbox', { name: 'banUser', exact: true }).check();
  await page.getByRole('checkbox', { name: 'searchUsers', exact: true }).uncheck();
  await page.getByRole('button', { name: 'Review and save' }).click();
  await page.getByRole('dialog').getByText(/gain/).first().waitFor();
  await shot('role-difference');
} finally {
  await browser.close();
  await server.stop();
}
