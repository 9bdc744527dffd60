// The page of one user: contacts, credentials, sessions, keys, data, rights and history.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { start } from '../kuzzle-sdk/server.mjs';
import { admin, call, picture, signIn } from './browser.mjs';
import { suite } from './walk.mjs';

const slowest = { timeout: 120_000 };
const hostile = '<img src=x onerror=alert(1)>';
const clerkKey = 'sk_test_of_the_dashboards_walks_0123456789';
const env = { KUZZLE_CLERK__SECRET_KEY: clerkKey };
const jane = { username: 'jane', password: 'correct horse' };

describe('the page of a user', () => {
  const house = suite('user', {
    env, stays: true,
    async prepare(page) {
      await call(page, 'security', 'createUser', { _id: 'jane', body: { content: { profileIds: ['default'], firstName: 'Jane', lastName: 'Doe', city: 'Bonn' }, credentials: { local: jane } } });
      await call(page, 'security', 'createContact', { _id: 'jane', body: { kind: 'email', value: 'jane@example.com', verified: true, primary: true } });
      await page.goto(`http://127.0.0.1:${house.server.port}/dashboard/users/jane`);
      await page.getByRole('heading', { name: 'Jane Doe' }).waitFor();
    },
  });
  const { stay, walk } = house;

  const section = (name) => house.root.page.getByRole('region', { name, exact: true });
  const dialog = () => house.root.page.getByRole('dialog');
  const choose = async (menu, item) => {
    await house.root.page.getByRole('button', { name: menu, exact: true }).click();
    await house.root.page.getByRole('menuitem', { name: item, exact: true }).click();
  };
  const read = (action, more = {}) => call(house.root.page, 'security', action, { _id: 'jane', ...more });
  /** Waits until a read of the API says so. */
  const until = async (say, what) => {
    for (const late = Date.now() + 20_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      if (await say()) return;
      assert.ok(Date.now() < late, what);
    }
  };

  it('contacts are added, made primary, verified and removed', slowest, async () => {
    const { page, calm } = house.root;
    const contacts = section('Contacts');
    await contacts.getByText('jane@example.com').waitFor();
    await contacts.getByLabel('Another address or number').fill('jane@');
    await contacts.getByRole('button', { name: 'Add' }).click();
    await contacts.getByRole('alert').waitFor();
    assert.equal(await contacts.getByLabel('Another address or number').inputValue(), 'jane@', 'what was refused is kept');
    await contacts.getByLabel('Another address or number').fill('doe@example.com');
    await contacts.getByLabel('It is verified already').uncheck();
    await contacts.getByRole('button', { name: 'Add' }).click();
    await contacts.getByText('Unverified').waitFor();
    await choose('Actions for doe@example.com', 'Mark as verified');
    await contacts.getByText('Unverified').waitFor({ state: 'detached' });
    await choose('Actions for doe@example.com', 'Make primary');
    await until(async () => (await read('getContacts')).hits.find((one) => one.value === 'doe@example.com').primary, 'it is not primary');
    await choose('Actions for doe@example.com', 'Remove');
    await dialog().getByRole('heading', { name: 'Remove doe@example.com' }).waitFor();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await contacts.getByText('doe@example.com').waitFor({ state: 'detached' });
    calm();
    await page.keyboard.press('Escape');
  });

  walk('credentials show their fields, a refusal stands at its field, and a new password works', stay, async () => {
    const credentials = section('Credentials');
    await credentials.getByText('jane', { exact: true }).waitFor();
    await choose('Actions for User name and password', 'Change');
    await dialog().getByLabel('Password').fill('short');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('alert').filter({ hasText: 'too short' }).waitFor();
    assert.equal(await dialog().getByLabel('Password').getAttribute('aria-invalid'), 'true');
    await picture(house.root.page, 'user-credentials');
    await dialog().getByLabel('Password').fill('another horse');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
    jane.password = 'another horse';
    await choose('Actions for User name and password', 'Make a reset token');
    await dialog().getByLabel('Reset token').waitFor();
    assert.ok((await dialog().getByLabel('Reset token').inputValue()).length > 20);
    await dialog().getByRole('contentinfo').or(dialog()).getByRole('button', { name: 'Close' }).last().click();
  });

  walk('accounts elsewhere are added and removed', stay, async () => {
    const external = section('External accounts');
    await external.getByLabel('Another account').fill('nonsense');
    await external.getByRole('button', { name: 'Add' }).click();
    await external.getByRole('alert').waitFor();
    await external.getByLabel('Another account').fill('github:12345');
    await external.getByRole('button', { name: 'Add' }).click();
    await external.getByText('github:12345').waitFor();
    await external.getByRole('button', { name: 'Remove github:12345' }).click();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await external.getByText('None.').waitFor();
  });

  walk('an API key is made, shown once, works, and is deleted', stay, async (page) => {
    const keys = section('API keys');
    await keys.getByRole('button', { name: 'New key' }).click();
    await dialog().getByLabel('What it is for').fill(hostile);
    await dialog().getByLabel('Ends').selectOption('-1');
    await dialog().getByRole('button', { name: 'Create the key' }).click();
    await dialog().getByLabel('API key').waitFor();
    const token = await dialog().getByLabel('API key').inputValue();
    await picture(page, 'user-key');
    await page.keyboard.press('Escape');
    await keys.getByText(hostile).waitFor();
    const me = await (await fetch(`http://127.0.0.1:${house.server.port}/_me`, { headers: { Authorization: `Bearer ${token}` } })).json();
    assert.equal(me.result._id, 'jane');
    assert.ok(!(await page.content()).includes(token), 'the key is shown once');
    await keys.getByRole('button', { name: /^Delete the key/ }).click();
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await keys.getByText('No API key.').waitFor();
  });

  walk('sessions are shown, and one is ended', stay, async () => {
    const theirs = await house.open();
    await signIn(theirs.page, jane);
    await theirs.page.getByRole('heading', { name: 'Home' }).waitFor();
    await house.root.page.reload();
    const sessions = section('Sessions');
    await until(async () => (await read('getSessions')).total >= 1, 'no session');
    await house.root.page.reload();
    await sessions.getByText('User name and password').first().waitFor();
    const before = (await read('getSessions')).total;
    await sessions.getByText('from 127.0.0.1').first().waitFor();
    const device = sessions.getByText(/^(Headless)?Chrome \d+ · Linux$/).first();
    await device.waitFor();
    assert.equal(await device.getAttribute('title'), await theirs.page.evaluate(() => navigator.userAgent));
    await sessions.getByText('Password · this minute').first().waitFor();
    await picture(house.root.page, 'user-sessions');
    await sessions.getByRole('button', { name: /^End the session of/ }).first().click();
    await dialog().getByRole('heading', { name: 'End this session?' }).waitFor();
    await dialog().getByRole('button', { name: 'End', exact: true }).click();
    await dialog().waitFor({ state: 'detached' });
    await until(async () => (await read('getSessions')).total === before - 1, 'the session is still there');
    const answer = await theirs.page.evaluate(async () => (await fetch('/_me')).json());
    assert.notEqual(answer.result?._id, 'jane', 'the session goes on');
    await theirs.close();
  });

  walk('metadata and content are edited, and the second administrator sees what changed', stay, async (page) => {
    const metadata = section('Metadata');
    await metadata.getByLabel('Public', { exact: true }).fill('{ "plan": ');
    await metadata.getByRole('button', { name: 'Save' }).click();
    await metadata.getByRole('alert').filter({ hasText: 'no JSON yet' }).waitFor();
    await metadata.getByLabel('Public', { exact: true }).fill('{ "plan": { "name": "pro", "trial": true } }');
    await metadata.getByRole('button', { name: 'Save' }).click();
    await metadata.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    await metadata.getByLabel('Public', { exact: true }).fill('{ "plan": { "name": "pro" } }');
    await metadata.getByRole('button', { name: 'Save' }).click();
    await metadata.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    assert.deepEqual((await read('getUserMetadata')).public, { plan: { name: 'pro' } }, 'what was taken out within an object is gone');

    const content = section('Content');
    const { _kuzzle_info: _, ...document } = (await read('getUser'))._source;
    await content.getByRole('textbox').fill(JSON.stringify({ ...document, city: 'Köln' }));
    await call(page, 'security', 'updateUser', { _id: 'jane', body: { city: 'Berlin', street: 'Allee' } });
    await content.getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('heading', { name: 'Somebody has changed this meanwhile' }).waitFor();
    await dialog().getByText('Berlin').waitFor();
    await dialog().getByText('Allee').waitFor();
    assert.equal((await read('getUser'))._source.city, 'Berlin');
    await dialog().getByRole('button', { name: 'Save mine over it' }).click();
    await dialog().waitFor({ state: 'detached' });
    await content.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    assert.equal((await read('getUser'))._source.city, 'Köln');
  });

  /** Has somebody else write between the page's comparison and its own write, once. */
  const between = async (action, others) => {
    const { page } = house.root;
    let met;
    await page.route('**/_query', async (route) => {
      const ours = route.request().postDataJSON().action === action && !met;
      if (ours) met = others();
      if (ours) await met;
      await route.continue();
    });
    return async () => {
      await page.unroute('**/_query');
      assert.ok(met, `the page did not call ${action}`);
    };
  };

  walk('what somebody writes between the comparison and the write is not overwritten', stay, async (page) => {
    const content = section('Content');
    const { _kuzzle_info: _, ...document } = (await read('getUser'))._source;
    // Something else of the user: the page tries again by itself.
    let done = await between('updateUser', () => read('updateUserMetadata', { body: { private: { seen: true } } }));
    await content.getByRole('textbox').fill(JSON.stringify({ ...document, zip: '1' }));
    await content.getByRole('button', { name: 'Save' }).click();
    await content.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    await done();
    assert.equal((await read('getUser'))._source.zip, '1');
    // The same member: the user decides.
    done = await between('updateUser', () => read('updateUser', { body: { zip: '2' } }));
    await content.getByRole('textbox').fill(JSON.stringify({ ...document, zip: '3' }));
    await content.getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('heading', { name: 'Somebody has changed this meanwhile' }).waitFor();
    await done();
    assert.equal((await read('getUser'))._source.zip, '2', 'it is not overwritten');
    // Whoever decides to overwrite overwrites what was shown, and nothing newer.
    done = await between('updateUser', () => read('updateUser', { body: { zip: '4' } }));
    await dialog().getByRole('button', { name: 'Save mine over it' }).click();
    await dialog().getByText('"4"').waitFor();
    await done();
    assert.equal((await read('getUser'))._source.zip, '4');
    await dialog().getByRole('button', { name: 'Save mine over it' }).click();
    await content.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    assert.equal((await read('getUser'))._source.zip, '3');

    const metadata = section('Metadata');
    done = await between('updateUserMetadata', () => read('updateUserMetadata', { body: { public: { plan: 'free' } } }));
    await metadata.getByLabel('Public', { exact: true }).fill('{ "plan": "mine" }');
    await metadata.getByRole('button', { name: 'Save' }).click();
    await dialog().getByText('"free"').waitFor();
    await done();
    assert.deepEqual((await read('getUserMetadata')).public, { plan: 'free' });
    await dialog().getByRole('button', { name: 'Take theirs' }).click();
    await metadata.getByRole('button', { name: 'Cancel' }).click();
  });

  walk('names are changed, refused at their field, and not over what somebody else wrote', stay, async (page) => {
    const about = section('About');
    await about.getByRole('button', { name: 'Change names' }).click();
    const field = (name) => dialog().getByLabel(name, { exact: true });
    const save = () => dialog().getByRole('button', { name: 'Save' }).click();
    assert.equal(await field('User name').inputValue(), 'jane');
    await field('First name').fill('Jane');
    await field('Last name').fill('Doe');
    await field('User name').fill(admin.username);
    await save();
    await dialog().getByRole('alert').filter({ hasText: 'already used' }).waitFor();
    assert.equal(await field('User name').getAttribute('aria-invalid'), 'true');
    await picture(page, 'user-names');
    await field('User name').fill('jane.doe');
    const done = await between('updateUserAccount', () => read('updateUserAccount', { body: { firstName: 'Janet', externalId: 'crm-7' } }));
    await save();
    await dialog().getByRole('alert').filter({ hasText: 'First name: Janet, External id: crm-7' }).waitFor();
    await done();
    assert.equal(await field('First name').inputValue(), 'Jane', 'what was typed is kept');
    assert.equal(await field('External id').inputValue(), 'crm-7', 'what only they changed is theirs');
    assert.equal((await read('getUser', { account: true })).account.firstName, 'Janet');
    await save();
    await dialog().waitFor({ state: 'detached' });
    assert.deepEqual((await read('getUser', { account: true })).account, { username: 'jane.doe', firstName: 'Jane', lastName: 'Doe', externalId: 'crm-7', loginNames: ['jane.doe', 'jane@example.com'] });
    await about.getByText('jane.doe').waitFor();
    jane.username = 'jane.doe';
  });

  walk('a session that ends and a server that goes away lose nothing that was typed', stay, async (page, { context }) => {
    const content = section('Content');
    const { _kuzzle_info: _, ...document } = (await read('getUser'))._source;
    await content.getByRole('textbox').fill(JSON.stringify({ ...document, country: 'DE' }));
    await context.clearCookies();
    await content.getByRole('button', { name: 'Save' }).click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.getByLabel('User name').fill(admin.username);
    await again.getByLabel('Password').fill(admin.password);
    await again.getByRole('button', { name: 'Sign in' }).click();
    await content.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    assert.equal((await read('getUser'))._source.country, 'DE');

    await content.getByRole('textbox').fill(JSON.stringify({ ...document, country: 'FR' }));
    const { home, port } = house.server;
    await house.server.stop();
    await content.getByRole('button', { name: 'Save' }).click();
    await content.getByRole('alert').filter({ hasText: 'does not answer' }).waitFor();
    house.server = await start({ name: 'user', home, port, env });
    await page.getByRole('status').filter({ hasText: 'does not answer' }).waitFor({ state: 'detached' });
    assert.ok((await content.getByRole('textbox').inputValue()).includes('FR'));
    await content.getByRole('button', { name: 'Save' }).click();
    await content.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    assert.equal((await read('getUser'))._source.country, 'FR');
  });

  walk('organizations are shown, with the role in each', stay, async (page) => {
    await section('Organizations').getByText('None.').waitFor();
    const clerk = async (path, body) => {
      const answer = await fetch(`http://127.0.0.1:${house.server.port}/v1${path}`, { method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${clerkKey}` }, body: JSON.stringify(body) });
      assert.equal(answer.status, 200, await answer.clone().text());
      return answer.json();
    };
    const acme = await clerk('/organizations', { name: `Acme ${hostile}`, slug: 'acme', created_by: 'jane' });
    const globex = await clerk('/organizations', { name: 'Globex', created_by: 'root' });
    await clerk(`/organizations/${globex.id}/memberships`, { user_id: 'jane', role: 'org:member' });
    await until(async () => (await read('getUserOrganizations')).total === 2, 'no organizations');
    await page.reload();
    const [first, second] = [section('Organizations').getByRole('listitem').nth(0), section('Organizations').getByRole('listitem').nth(1)];
    await first.getByText(hostile).waitFor();
    await first.getByText('Administrator').waitFor();
    await first.getByText(acme.id).waitFor();
    await first.getByText('Joined this minute').waitFor();
    await second.getByText('Globex').waitFor();
    await second.getByText('Member').waitFor();
    assert.equal(await section('Organizations').getByRole('link').count(), 0);
  });

  walk('a lock ends by itself, at a time that is shown, or when somebody unlocks', stay, async (page) => {
    const until = () => read('getUser').then(({ standing }) => standing?.lockedUntil);
    const hour = 36e5;
    await choose('Actions for Jane Doe', 'Lock');
    await dialog().getByRole('heading', { name: /^Lock Jane Doe \(.+\)\?$/ }).waitFor();
    await dialog().getByLabel('For how long').selectOption('A day');
    await picture(page, 'user-lock');
    await dialog().getByRole('button', { name: 'Lock', exact: true }).click();
    await page.getByRole('status').filter({ hasText: /Jane Doe \(.+\) is locked until/ }).waitFor();
    await section('About').getByText('Locked until', { exact: false }).waitFor();
    const ends = await until();
    assert.ok(Math.abs(ends - Date.now() - 24 * hour) < hour, `the lock ends at ${ends}`);
    const said = await page.evaluate((at) => new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' }).format(at), ends);
    await section('About').getByText(`Locked until ${said}`).waitFor();
    await choose('Actions for Jane Doe', 'Unlock');
    await section('About').getByText('Locked until', { exact: false }).waitFor({ state: 'detached' });
    await choose('Actions for Jane Doe', 'Lock');
    await dialog().getByLabel('For how long').selectOption('Until somebody unlocks');
    await dialog().getByRole('button', { name: 'Lock', exact: true }).click();
    await section('About').getByText('Locked until somebody unlocks it').waitFor();
    assert.equal(await until(), undefined);
    await choose('Actions for Jane Doe', 'Unlock');
    await section('About').getByText('Locked until', { exact: false }).waitFor({ state: 'detached' });
  });

  walk('a picture is given and taken away, refusals stand at the field, and the page turns around', stay, async (page) => {
    const shown = () => page.locator('img.face').evaluateAll((all) => all.some((one) => one.naturalWidth === 64));
    const give = async (name, buffer) => {
      await dialog().getByLabel('Picture').setInputFiles({ name, mimeType: 'image/png', buffer });
      await dialog().getByRole('button', { name: 'Save' }).click();
    };
    await choose('Actions for Jane Doe', 'Set a picture');
    await give('script.png', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'));
    await dialog().getByRole('alert').filter({ hasText: 'image/png or image/jpeg' }).waitFor();
    assert.equal(await dialog().getByLabel('Picture').getAttribute('aria-invalid'), 'true');
    await picture(page, 'user-picture');
    await give('large.png', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(10 * 2 ** 20)]));
    await dialog().getByRole('alert').filter({ hasText: '10485760' }).waitFor();
    assert.equal(await dialog().getByLabel('Picture').getAttribute('aria-invalid'), 'true');
    assert.equal((await read('getUser')).picture, undefined, 'what was refused left something behind');
    const teal = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(64, 64);
      const paint = canvas.getContext('2d');
      paint.fillStyle = 'teal';
      paint.fillRect(0, 0, 64, 64);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    });
    await give('teal.png', Buffer.from(teal));
    await dialog().waitFor({ state: 'detached' });
    await until(shown, 'no picture');
    await page.evaluate(() => { document.documentElement.dir = 'rtl'; });
    await picture(page, 'user-rtl');
    await page.evaluate(() => { document.documentElement.dir = 'ltr'; });
    await choose('Actions for Jane Doe', 'Remove the picture');
    await dialog().getByRole('button', { name: 'Remove' }).click();
    await page.locator('img.face').waitFor({ state: 'detached' });
    assert.equal((await read('getUser')).picture, undefined);
  });

  walk('what the user may do is explained: profile, policy, role', stay, async (page) => {
    await call(page, 'security', 'createRole', { _id: 'reader', body: { controllers: { security: { actions: { getUser: true, deleteUser: false } } } } });
    await call(page, 'security', 'createProfile', { _id: 'readers', body: { policies: [{ roleId: 'reader' }] } });
    await section('About').getByRole('button', { name: 'Change profiles' }).click();
    await dialog().getByRole('checkbox', { name: 'readers' }).check();
    await picture(page, 'user-profiles');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().waitFor({ state: 'detached' });
    const rights = section('What this user may do');
    await rights.getByRole('button', { name: 'Why? security:getUser' }).click();
    await rights.getByText('Jane Doe may call security:getUser.').waitFor();
    await rights.getByText('reader allows security:getUser.').waitFor();
    await rights.getByLabel('Action').fill('deleteUser');
    await rights.getByRole('button', { name: 'Explain' }).click();
    await rights.getByText('Jane Doe may not call security:deleteUser.').waitFor();
    await rights.getByText('reader denies security:deleteUser.').waitFor();
    await rights.getByRole('link', { name: /^admin/ }).waitFor();
    await rights.scrollIntoViewIfNeeded();
    await picture(page, 'user-rights');
  });

  walk('the page, in both languages', stay, async (page) => {
    await page.evaluate(() => scrollTo(0, 0));
    await picture(page, 'user-page', { whole: true });
    await page.evaluate(() => localStorage.setItem('kuzzle.language', 'de'));
    await page.reload();
    await section('Was dieser Benutzer darf').waitFor();
    await section('Verlauf').getByText('Daten geändert').first().waitFor();
    await picture(page, 'user-page-de', { whole: true });
    await page.evaluate(() => localStorage.setItem('kuzzle.language', 'en'));
    await page.reload();
    await section('History').waitFor();
  });

  walk('a ban ends a live session, is told in the history, and is lifted', stay, async (page) => {
    const theirs = await house.open();
    await signIn(theirs.page, jane);
    await theirs.page.getByRole('heading', { name: 'Home' }).waitFor();
    await choose('Actions for Jane Doe', 'Ban');
    await dialog().getByRole('button', { name: 'Ban', exact: true }).click();
    await page.getByText('Banned since').waitFor();
    const answer = await theirs.page.evaluate(async () => (await fetch('/_me')).json());
    assert.notEqual(answer.result?._id, 'jane', 'the session goes on');
    await theirs.close();
    await section('Sessions').getByText('No session').waitFor();
    await section('History').getByText('Banned', { exact: true }).waitFor();
    await choose('Actions for Jane Doe', 'Lift the ban');
    await page.getByText('Banned since').waitFor({ state: 'detached' });
  });

  walk('somebody acts as the user by a ticket, which the history tells', stay, async (page) => {
    await choose('Actions for Jane Doe', 'Act as this user');
    await dialog().getByRole('heading', { name: /^Act as Jane Doe \(.+\)\?$/ }).waitFor();
    await dialog().getByRole('button', { name: 'Act as this user' }).click();
    await dialog().getByLabel('Ticket').waitFor();
    const ticket = await dialog().getByLabel('Ticket').inputValue();
    const answer = await (await fetch(`http://127.0.0.1:${house.server.port}/_login/ticket`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ticket }) })).json();
    assert.equal(answer.result?._id, 'jane', JSON.stringify(answer.error));
    await page.keyboard.press('Escape');
    // Searches are a moment behind, and the page that is read anew reads once.
    await until(async () => (await read('getSessions')).hits.some((one) => one.act), 'no acting session');
    await page.reload();
    await section('Sessions').getByText('Acted by root').waitFor();
    await section('History').getByText('Single-use token made').waitFor();
  });

  it('nobody sees a button that cannot work', slowest, async () => {
    const reader = await house.open();
    await call(house.root.page, 'security', 'createUser', { _id: 'reader', body: { content: { profileIds: ['default', 'readers'] }, credentials: { local: { username: 'reader', password: 'correct horse' } } } });
    await signIn(reader.page, { username: 'reader', password: 'correct horse' });
    await reader.page.getByRole('heading', { name: 'Home' }).waitFor();
    await reader.page.goto(`http://127.0.0.1:${house.server.port}/dashboard/users/jane`);
    await reader.page.getByRole('heading', { name: 'Jane Doe' }).waitFor();
    const main = reader.page.getByRole('main');
    assert.equal(await main.getByRole('button').count(), 0);
    assert.equal(await main.getByRole('textbox').getAttribute('readonly'), '');
    await picture(reader.page, 'user-reader');
    reader.calm();
    await reader.close();
  });

  walk('deleted from the page, after a question that names the user', stay, async (page) => {
    await choose('Actions for Jane Doe', 'Delete user');
    await dialog().getByRole('heading', { name: /^Delete Jane Doe \(.+\)\?$/ }).waitFor();
    await dialog().getByRole('button', { name: 'Delete user' }).click();
    await page.getByRole('heading', { name: 'Users', exact: true }).waitFor();
    await page.goto(`http://127.0.0.1:${house.server.port}/dashboard/users/jane`);
    await page.getByRole('alert').waitFor();
  });
});
