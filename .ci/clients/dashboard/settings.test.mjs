// Settings, webhooks and service keys.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe } from 'node:test';
import { accessible, call, picture } from './browser.mjs';
import { suite } from './walk.mjs';

const slowest = { timeout: 120_000 };

describe('settings', () => {
  let hook;
  let takes = false;
  const heard = [];

  before(async () => {
    hook = http.createServer(async (request, answer) => {
      let body = '';
      for await (const part of request) body += part;
      if (takes) heard.push(JSON.parse(body));
      answer.writeHead(takes ? 204 : 410).end(); // 410: it is gone, no further tries
    });
    hook.listen(0, '127.0.0.1');
    await once(hook, 'listening');
  }, slowest);
  after(() => hook?.close());
  const { enter, enterAs, walk } = suite('settings', {
    env: {
      KUZZLE_SESSIONS__PER_USER: '50', KUZZLE_WEBHOOKS__PRIVATE_ADDRESSES: 'true', kuzzle_strategies__local__minLength: '10',
      // Nobody listens there.
      KUZZLE_NOTIFY__MAIL: 'smtp', KUZZLE_NOTIFY__FROM: 'noreply@example.com', KUZZLE_NOTIFY__SMTP__ADDRESS: '127.0.0.1:1',
      KUZZLE_NOTIFY__SMTP__TLS: 'none', KUZZLE_NOTIFY__SMTP__USERNAME: 'mailer', KUZZLE_NOTIFY__SMTP__PASSWORD: 'zebra-canary',
    },
    async prepare(page) {
      await call(page, 'security', 'createOrReplaceRole', { _id: 'reader', body: { controllers: { settings: { actions: { list: true } }, auth: { actions: { '*': true } } } } });
      await call(page, 'security', 'createOrReplaceProfile', { _id: 'reader', body: { policies: [{ roleId: 'reader' }] } });
      await call(page, 'security', 'createUser', { body: { content: { profileIds: ['reader'] }, credentials: { local: { username: 'reader', password: 'long enough 1' } } } });
    },
  });

  /** Loads the page's lists again until something is there, which is kept a second late. */
  async function reloaded(page, what) {
    for (const late = Date.now() + 60_000; Date.now() < late && (await what.count()) === 0; await page.waitForTimeout(200)) await page.getByRole('button', { name: 'Load again' }).click();
    await what.waitFor();
  }

  walk('a setting is changed, a bound refused at its field, and one that is pinned not offered', () => enter('/settings'), async (page) => {
    await page.getByRole('heading', { name: 'Sessions and tokens' }).waitFor();
    await picture(page, 'settings');
    const pinned = page.getByLabel('sessions.perUser', { exact: true });
    assert.ok(await pinned.isDisabled());
    await page.getByText('Pinned by').waitFor();
    const field = page.getByLabel('logins.freeSignUps', { exact: true });
    await field.fill('0');
    await page.getByRole('button', { name: 'Save: logins.freeSignUps' }).click();
    await page.getByRole('alert').filter({ hasText: 'from 1 to 1000000' }).waitFor();
    assert.equal(await field.getAttribute('aria-invalid'), 'true');
    await picture(page, 'setting-refused');
    await field.fill('70');
    await page.getByRole('button', { name: 'Save: logins.freeSignUps' }).click();
    await page.getByText('logins.freeSignUps is saved').waitFor();
    assert.equal((await call(page, 'settings', 'get', { _id: 'logins.freeSignUps' })).value, 70);
    await page.getByRole('heading', { name: 'Organizations' }).waitFor();
    await page.getByLabel('clerk.organizations.slugs').selectOption('No');
    await page.getByRole('button', { name: 'Save: clerk.organizations.slugs' }).click();
    await page.getByText('clerk.organizations.slugs is saved').waitFor();
    assert.equal((await call(page, 'settings', 'get', { _id: 'clerk.organizations.slugs' })).value, false);
    await page.getByLabel('clerk.attributes.phoneNumber').selectOption('required');
    await page.getByRole('button', { name: 'Save: clerk.attributes.phoneNumber' }).click();
    await page.getByText('clerk.attributes.phoneNumber is saved').waitFor();
    await page.getByRole('button', { name: 'Back to the default: clerk.attributes.phoneNumber' }).click();
    await page.getByRole('button', { name: 'Back to the default: clerk.attributes.phoneNumber' }).waitFor({ state: 'detached' });
    assert.equal((await call(page, 'settings', 'get', { _id: 'clerk.attributes.phoneNumber' })).from, 'default');
  });

  walk('what the configuration alone says is shown with where it says so, but no secret, and a test mail tells why it does not go', () => enter('/settings'), async (page) => {
    const shown = async (key, value) => assert.equal(await page.getByLabel(key, { exact: true }).textContent(), value, key);
    await page.getByLabel('strategies.local.minLength', { exact: true }).waitFor();
    await shown('strategies.local.minLength', '10');
    await shown('strategies.local.breachedFile', '—');
    await shown('strategies.local.forbidCommon', 'No'); // the server is for development
    await shown('factors.policy', 'optional');
    await shown('clerk.secretKey', '—');
    await shown('notify.mail', 'smtp');
    await shown('notify.from', 'noreply@example.com');
    await shown('notify.smtp.address', '127.0.0.1:1');
    await shown('notify.smtp.tls', 'none');
    assert.match(await page.getByLabel('strategies.digest-import.ceilings', { exact: true }).textContent(), /"bcryptCost":14/);
    await page.getByText('At the start: env KUZZLE_NOTIFY__MAIL', { exact: true }).waitFor();
    assert.ok(!(await page.content()).includes('zebra-canary'), 'a secret is shown');
    await page.getByLabel('Find a setting').fill('notify.');
    await page.getByLabel('Send a test message to').fill('jane@example.com');
    await page.getByRole('button', { name: 'Send', exact: true }).click();
    await page.getByRole('alert').filter({ hasText: 'It was not sent: ' }).waitFor();
    await picture(page, 'mail', { whole: true });
  });

  walk('whoever may only read is offered nothing else', () => enterAs('/settings', { username: 'reader', password: 'long enough 1' }), async (page) => {
    const field = page.getByLabel('logins.freeSignUps', { exact: true });
    await field.waitFor();
    assert.ok(await field.isDisabled());
    assert.equal(await page.getByText('notify.mail').count(), 0);
    assert.equal(await page.getByRole('link', { name: 'Webhooks' }).count(), 0);
    assert.equal(await page.getByRole('link', { name: 'Service keys' }).count(), 0);
  });

  walk('a webhook’s secret is shown once, and what it did not take is sent again', () => enter('/settings/webhooks'), async (page) => {
    await page.getByText('No endpoints yet').waitFor();
    await page.getByRole('button', { name: 'New endpoint' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('URL').fill('nonsense');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'absolute URL' }).waitFor();
    assert.equal(await dialog.getByLabel('URL').getAttribute('aria-invalid'), 'true');
    await picture(page, 'webhook-refused');
    const url = `http://127.0.0.1:${hook.address().port}/hook`;
    await dialog.getByLabel('URL').fill(url);
    await dialog.getByLabel('Events').fill('user.created');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByLabel('This is shown once').waitFor();
    assert.match(await page.getByLabel('This is shown once').inputValue(), /^whsec_/);
    await accessible(page, 'a secret');
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('cell', { name: url, exact: true }).waitFor();
    assert.equal(await page.getByText('whsec_').count(), 0);
    await call(page, 'security', 'createUser', { _id: 'told-late', body: { content: { profileIds: ['default'] } } });
    const dead = page.getByRole('region', { name: 'Messages that were not taken' });
    for (const late = Date.now() + 60_000; Date.now() < late && (await call(page, 'webhooks', 'listDead')).total === 0; ) await page.waitForTimeout(100);
    await page.getByRole('button', { name: 'Load again' }).click();
    await dead.getByText('told-late').waitFor();
    const sent = page.getByRole('region', { name: 'Deliveries' });
    await reloaded(page, sent.getByText('410', { exact: true }));
    await picture(page, 'webhooks');
    takes = true;
    // The delivery that was given up can be sent again, here and below.
    assert.ok(await dead.getByRole('button', { name: 'Send again: user.created told-late' }).isEnabled());
    await sent.getByRole('button', { name: 'Send again: user.created told-late' }).click();
    await page.getByText('Sent again: 1.').waitFor();
    await page.getByText('Every message was taken').waitFor();
    for (const late = Date.now() + 20_000; heard.length === 0 && Date.now() < late; ) await page.waitForTimeout(50);
    assert.equal(heard[0]?.type, 'user.created');
    // It is the same message, with the answer of the second attempt.
    await reloaded(page, sent.getByRole('row').filter({ hasText: 'told-late' }).filter({ hasText: '204' }).getByRole('cell', { name: '2', exact: true }));
    assert.equal(await sent.getByRole('row').count(), 2);
    assert.equal(await sent.getByRole('button').count(), 0);
    await picture(page, 'webhook-delivered');
    await page.getByRole('button', { name: `Delete: ${url}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No endpoints yet').waitFor();
  });

  walk('a service key is shown once, and revoked', () => enter('/settings/keys'), async (page) => {
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByLabel('Name').fill('billing <i>');
    await page.getByLabel('Only these endpoints').fill('no such endpoint');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('alert').waitFor();
    assert.equal(await page.getByLabel('Only these endpoints').getAttribute('aria-invalid'), 'true');
    await picture(page, 'key-refused');
    await page.getByLabel('Only these endpoints').fill('users:get');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByLabel('This is shown once').waitFor();
    const secret = await page.getByLabel('This is shown once').inputValue();
    assert.match(secret, /^sk_test_/);
    await picture(page, 'key-secret');
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('cell', { name: 'billing <i>', exact: true }).waitFor();
    assert.ok(!(await page.content()).includes(secret), 'the secret is gone from the page');
    await picture(page, 'keys');
    await page.getByRole('button', { name: 'Revoke: billing <i>' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('No keys yet').waitFor();
    await page.getByRole('link', { name: 'Strategies' }).click();
    const strategy = (name) => page.getByRole('row').filter({ has: page.getByRole('cell', { name, exact: true }) });
    await strategy('totp').getByText('Second factor').waitFor();
    await strategy('legacy-http').getByText('Not configured').waitFor();
    await strategy('local').filter({ hasText: 'username, password' }).getByRole('cell', { name: '2', exact: true }).waitFor(); // users
    await picture(page, 'strategies');
  });

  walk('in German, with the server’s refusals', () => enter('/settings/webhooks', { locale: 'de-DE' }), async (page) => {
    await page.getByRole('heading', { name: 'Zustellungen' }).waitFor();
    await page.getByRole('button', { name: 'Neuer Endpunkt' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('URL').fill('https://example.com/hook');
    await dialog.getByLabel('Ereignisse').fill('user.seen');
    await dialog.getByRole('button', { name: 'Anlegen' }).click();
    await dialog.getByRole('alert').filter({ hasText: 'Das Format standard hat kein Ereignis „user.seen“.' }).waitFor();
    assert.equal(await dialog.getByLabel('Ereignisse').getAttribute('aria-invalid'), 'true');
  });
});
