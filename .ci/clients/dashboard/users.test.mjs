// The users: created, found, banned, changed and deleted by hand.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { start } from '../kuzzle-sdk/server.mjs';
import { admin, call, picture, signIn } from './browser.mjs';
import { suite } from './walk.mjs';

const slowest = { timeout: 300_000 };
const hostile = '<img src=x onerror=alert(1)>';
const arabic = 'مرحبا بالعالم';
const long = 'x'.repeat(10_000);

describe('users', () => {
  const house = suite('users', { timeout: 300_000, stays: true });
  const { stay, walk } = house;

  const row = (name) => house.root.page.getByRole('row').filter({ hasText: name });
  const choose = async (name, item) => {
    await row(name).getByRole('button').click();
    await house.root.page.getByRole('menuitem', { name: item }).click();
  };
  const dialog = () => house.root.page.getByRole('dialog');

  walk('create a user, and see it in the list', stay, async (page) => {
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await row('Root').waitFor();
    await page.getByRole('button', { name: 'Create user' }).click();
    await dialog().getByLabel('User name', { exact: true }).waitFor();
    await dialog().getByRole('checkbox', { name: 'default' }).waitFor();
    await picture(page, 'new-user');
    await dialog().getByLabel('First name').fill('Jane');
    await dialog().getByLabel('Last name').fill('Doe');
    await dialog().getByLabel('User name', { exact: true }).fill(admin.username);
    await dialog().getByLabel('Password', { exact: true }).fill('correct horse');
    await dialog().getByLabel('E-mail address').fill('jane@example.com');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    // Refused at the field, and what was typed is kept.
    await dialog().getByRole('alert').filter({ hasText: 'already used' }).waitFor();
    assert.equal(await dialog().getByLabel('User name', { exact: true }).getAttribute('aria-invalid'), 'true');
    await dialog().getByLabel('User name', { exact: true }).fill('jane');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await row('Jane Doe').waitFor();
    await row('jane@example.com').waitFor();
    // Names and addresses are the account's, all of them from one request.
    const { hits } = await call(page, 'security', 'listUsers', { query: 'jane@example.com' });
    const { account, _source, _version } = await call(page, 'security', 'getUser', { _id: hits[0]._id, account: true });
    assert.deepEqual(account, { username: 'jane', firstName: 'Jane', lastName: 'Doe', loginNames: ['jane', 'jane@example.com'] });
    assert.equal(_source.firstName, undefined);
    assert.equal(_version, 1);
    assert.deepEqual(hits[0].contacts.map(({ kind, value, verified, primary }) => [kind, value, verified, primary]), [['email', 'jane@example.com', true, true]]);
  });

  walk('a refusal of any part is told at its field, and nothing is made', stay, async (page) => {
    await page.getByRole('button', { name: 'Create user' }).click();
    const field = (name) => dialog().getByLabel(name, { exact: true });
    const refused = async (name, why) => {
      await dialog().getByRole('button', { name: 'Create', exact: true }).click();
      await dialog().getByRole('alert').filter({ hasText: why }).waitFor();
      assert.equal(await field(name).getAttribute('aria-invalid'), 'true', `${name} is not marked`);
      assert.equal(await dialog().getByRole('alert').count(), 1);
      assert.equal((await call(page, 'security', 'mGetUsers', { body: { ids: ['second-one'] } })).hits.length, 0);
    };
    await field('User name').fill('second');
    await field('Password').fill('correct horse');
    await dialog().getByRole('combobox', { name: 'Id' }).selectOption('own');
    await field('The id').fill('second-one');
    await field('E-mail address').fill('jane@example.com');
    await refused('E-mail address', 'already used');
    await field('E-mail address').fill('second@example.com');
    await field('Phone number').fill('12');
    await refused('Phone number', 'international form');
    await field('Phone number').fill('');
    await field('Password').fill('short');
    await refused('Password', 'too short');
    await field('Password').fill('correct horse');
    await dialog().getByRole('checkbox', { name: 'default' }).uncheck();
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await dialog().getByRole('alert').filter({ hasText: 'at least one profile' }).waitFor();
    await dialog().getByRole('checkbox', { name: 'default' }).check();
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await row('second@example.com').waitFor();
  });

  walk('the fields are those of the instance: off is not there, required is marked and asked for', stay, async (page) => {
    const set = (attributes) => Promise.all(Object.entries(attributes).map(([name, value]) => call(page, 'settings', 'set', { _id: `clerk.attributes.${name}`, body: { value } })));
    const field = (name) => dialog().getByLabel(name, { exact: true });
    const settled = () => dialog().getByLabel('Last name').waitFor({ state: 'detached' });
    const required = (name) => field(name).evaluate((input) => input.required);
    await set({ firstName: 'required', lastName: 'off', phoneNumber: 'off', emailAddress: 'on', web3Wallet: 'required' });
    await page.getByRole('button', { name: 'Create user' }).click();
    await settled();
    await dialog().getByRole('checkbox', { name: 'default' }).waitFor();
    await picture(page, 'new-user-required');
    assert.equal(await field('Phone number').count(), 0);
    assert.deepEqual(await Promise.all(['First name', 'Wallet', 'E-mail address', 'User name', 'Password'].map(required)), [true, true, false, false, true]);
    await field('User name').fill('third');
    await field('Password').fill('correct horse');
    await field('Wallet').fill('0x00000000000000000000000000000000000000aa');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    assert.equal(await field('First name').evaluate((input) => input.validity.valueMissing), true, 'the browser asks for it');
    await field('First name').fill('   ');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await dialog().getByRole('alert').filter({ hasText: 'has to be given' }).waitFor();
    assert.equal(await field('First name').getAttribute('aria-invalid'), 'true', 'and so does the server');
    await field('First name').fill('Third');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await row('Third').waitFor();

    // Without passwords the name is the account's, and another administrator's change of the settings is heard of at the field.
    await set({ password: 'off', web3Wallet: 'on', firstName: 'on' });
    await page.getByRole('button', { name: 'Create user' }).click();
    await settled();
    assert.equal(await field('Password').count(), 0);
    assert.equal(await dialog().getByRole('checkbox', { name: 'A password', exact: true }).count(), 0);
    await set({ emailAddress: 'required' });
    await field('User name').fill('fourth');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await dialog().getByRole('alert').filter({ hasText: 'has to be given' }).waitFor();
    assert.equal(await field('E-mail address').getAttribute('aria-invalid'), 'true');
    await field('E-mail address').fill('fourth@example.com');
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    await row('fourth').waitFor();
    await set({ firstName: 'on', lastName: 'on', phoneNumber: 'on', password: 'required' });
  });

  walk('values with markup, from right to left and of 10,000 characters are text', stay, async (page) => {
    await call(page, 'security', 'createUser', { _id: 'hostile', body: { content: { profileIds: ['default'], name: hostile, firstName: hostile, lastName: arabic, bio: long, nested: { html: '<script>alert(2)</script>' } } } });
    await call(page, 'security', 'createUser', { _id: 'long', body: { content: { profileIds: ['default'], name: long, firstName: long.slice(0, 200) } } });
    await call(page, 'security', 'updateUserMetadata', { _id: 'hostile', body: { public: { html: hostile, long: long.slice(0, 7000) } } });
    await page.reload();
    await row(arabic).waitFor();
    await picture(page, 'users');
    // Read from right to left the page turns around.
    const sides = () => page.evaluate(() => document.querySelector('nav').getBoundingClientRect().x > document.querySelector('main').getBoundingClientRect().x);
    assert.equal(await sides(), false);
    await page.evaluate(() => (document.documentElement.dir = 'rtl'));
    assert.equal(await sides(), true);
    await picture(page, 'users-right-to-left');
    await page.evaluate(() => (document.documentElement.dir = 'ltr'));
    await row(arabic).getByRole('link').click();
    await page.getByRole('heading', { name: hostile }).waitFor();
    await picture(page, 'user-hostile');
    await page.getByLabel('The user’s document').waitFor();
    assert.ok((await page.getByLabel('The user’s document').inputValue()).includes('<script>alert(2)</script>'));
    await page.goBack();
  });

  walk('found as one types, and by what they are', stay, async (page) => {
    await page.getByRole('searchbox').fill('jane@exam');
    await row('second-one').waitFor({ state: 'detached' });
    await row('Jane Doe').waitFor();
    assert.ok(page.url().includes('query=jane'));
    await page.reload();
    await row('Jane Doe').waitFor();
    assert.equal(await page.getByRole('searchbox').inputValue(), 'jane@exam');
    await page.getByRole('searchbox').fill('nobody-is-called-so');
    await page.getByRole('heading', { name: 'Nobody is like that' }).waitFor();
    await picture(page, 'users-none');
    await page.getByRole('button', { name: 'Show everybody' }).click();
    await row('second-one').waitFor();
    await page.getByRole('combobox', { name: 'Profile' }).selectOption('admin');
    await row('second-one').waitFor({ state: 'detached' });
    await row('Root').waitFor();
    await page.getByRole('combobox', { name: 'Profile' }).selectOption('');
    await row('second-one').waitFor();
  });

  walk('a page at a time, in the order of a column, and many are deleted at once', stay, async (page) => {
    await Promise.all(Array.from({ length: 30 }, (_, i) => call(page, 'security', 'createUser', {
      _id: `many-${String(i).padStart(2, '0')}`, body: { content: { profileIds: ['default'] }, credentials: { local: { username: `many${String(i).padStart(2, '0')}`, password: 'correct horse' } } },
    })));
    await page.getByRole('searchbox').fill('many');
    await page.getByRole('button', { name: 'Logs in by' }).click();
    await row('many-00').waitFor();
    assert.equal(await page.getByRole('row').count(), 1 + 25);
    await page.getByRole('button', { name: 'Next' }).click();
    await row('many-29').waitFor();
    await page.getByRole('button', { name: 'Previous' }).click();
    await row('many-00').waitFor();
    await page.getByRole('button', { name: 'Logs in by' }).click();
    await row('many-29').waitFor();
    assert.equal(await page.getByRole('columnheader', { name: 'Logs in by' }).getAttribute('aria-sort'), 'descending');
    await page.getByRole('button', { name: 'Columns' }).click();
    await page.getByRole('menuitem', { name: 'Credentials' }).click();
    await row('many-29').getByText('local', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Filters' }).click();
    await page.getByLabel('Created until').fill('2001-01-01');
    await page.getByRole('heading', { name: 'Nobody is like that' }).waitFor();
    await page.getByLabel('Created until').fill('');
    await page.getByRole('combobox', { name: 'Credentials' }).selectOption('local');
    await row('many-29').waitFor();
    await page.getByRole('checkbox', { name: 'Select all of this page' }).check();
    await page.getByText('25 users selected').waitFor();
    await picture(page, 'users-selected');
    await page.getByRole('group', { name: '25 users selected' }).getByRole('button', { name: 'Delete' }).click();
    await dialog().getByText('and 20 more').waitFor();
    await picture(page, 'delete-many');
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await row('many-29').waitFor({ state: 'detached' });
    await row('many-00').waitFor();
    await dialog().waitFor({ state: 'detached' });
    assert.equal(await page.getByRole('row').count(), 1 + 5);
    await page.getByRole('link', { name: 'Home' }).click();
    await page.getByRole('link', { name: 'Users', exact: true }).click();
    await row('second-one').waitFor();
  });

  walk('a ban ends a live session and is lifted, from the menu of a row', stay, async (page) => {
    await call(page, 'security', 'updateUser', { _id: 'second-one', body: { profileIds: ['admin'] } });
    const theirs = await house.open();
    await signIn(theirs.page, { username: 'second', password: 'correct horse' });
    await theirs.page.getByRole('heading', { name: 'Home' }).waitFor();
    await choose('second-one', 'Ban');
    await dialog().getByRole('heading', { name: /^Ban second/ }).waitFor();
    await picture(page, 'ban');
    await dialog().getByRole('button', { name: 'Ban', exact: true }).click();
    await row('second-one').getByText('Banned').waitFor();
    await theirs.page.getByRole('link', { name: 'Users', exact: true }).click();
    await theirs.page.getByRole('heading', { name: 'Sign in again' }).waitFor();
    await theirs.close();
    await choose('second-one', 'Lift the ban');
    await row('second-one').getByText('Active').waitFor();
  });

  walk('a session that ends is asked for over the page, and what was typed is kept', stay, async (page, { context }) => {
    await page.getByRole('button', { name: 'Create user' }).click();
    await dialog().getByLabel('User name', { exact: true }).fill('kept');
    await dialog().getByLabel('Password', { exact: true }).fill('correct horse');
    await dialog().getByLabel('E-mail address').fill('kept@example.com');
    await context.clearCookies();
    await dialog().getByRole('button', { name: 'Create', exact: true }).click();
    const again = page.getByRole('dialog', { name: 'Sign in again' });
    await again.waitFor();
    await picture(page, 'sign-in-again');
    await signIn({ getByLabel: (name) => again.getByLabel(name), getByRole: (role, more) => again.getByRole(role, more) });
    await row('kept').waitFor();
  });

  walk('metadata and content are edited as JSON, and a second administrator sees what changed', stay, async (page) => {
    await row('Jane Doe').getByRole('link').click();
    await page.getByRole('heading', { name: 'Jane Doe' }).waitFor();
    const id = decodeURIComponent(page.url().split('/').at(-1));
    await picture(page, 'user');
    await page.getByLabel('Public', { exact: true }).fill('{ "plan": ');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('alert').filter({ hasText: 'no JSON yet' }).waitFor();
    await page.getByLabel('Public', { exact: true }).fill('{ "plan": "pro" }');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    assert.deepEqual((await call(page, 'security', 'getUserMetadata', { _id: id })).public, { plan: 'pro' });

    await page.getByLabel('The user’s document').fill(JSON.stringify({ profileIds: ['default'], firstName: 'Jane', lastName: 'Doe', city: 'Bonn' }));
    await call(page, 'security', 'updateUser', { _id: id, body: { city: 'Köln' } });
    await page.getByRole('button', { name: 'Save' }).click();
    await dialog().getByRole('heading', { name: 'Somebody has changed this meanwhile' }).waitFor();
    await dialog().getByText('Köln').waitFor();
    await picture(page, 'changed-meanwhile');
    assert.equal((await call(page, 'security', 'getUser', { _id: id }))._source.city, 'Köln');
    await dialog().getByRole('button', { name: 'Save mine over it' }).click();
    await dialog().waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
    assert.equal((await call(page, 'security', 'getUser', { _id: id }))._source.city, 'Bonn');
  });

  walk('deleted from the page of the user and from the menu of a row', stay, async (page) => {
    await page.getByRole('button', { name: 'Actions for Jane Doe' }).click();
    await page.getByRole('menuitem', { name: 'Delete user' }).click();
    await dialog().getByRole('heading', { name: /^Delete Jane Doe \(.+\)\?$/ }).waitFor();
    await picture(page, 'delete');
    await dialog().getByRole('button', { name: 'Delete user' }).click();
    await row('second-one').waitFor();
    assert.equal(await row('Jane Doe').count(), 0);
    await choose('second-one', 'Delete user');
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await choose('second-one', 'Delete user');
    await dialog().getByRole('button', { name: 'Delete user' }).click();
    await row('second-one').waitFor({ state: 'detached' });
  });

  it('a server that goes away is told, and the page goes on when it is back', slowest, async () => {
    const { page } = house.root;
    const home = house.server.home;
    await house.server.stop();
    await page.getByRole('searchbox').fill('kept');
    await page.getByText('The server does not answer.').first().waitFor();
    await picture(page, 'server-gone');
    house.server = await start({ name: 'users', home, port: house.server.port });
    await row('kept').waitFor();
    await page.getByText('The server does not answer.').first().waitFor({ state: 'detached' });
    await house.root.close();
  });
});
