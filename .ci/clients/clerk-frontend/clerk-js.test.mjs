// Drives the built server with npm's @clerk/clerk-js in headless Chromium, unchanged and without
// components.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import { after, before, describe, it } from 'node:test';
import { createClerkClient, verifyToken } from '@clerk/backend';
import { freePort, inbox, onCluster, start } from '../kuzzle-sdk/server.mjs';
import { application, appCode, launch, open, refusal, signIn, signOut } from './harness.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

for (const kind of ['test', 'live']) {
  describe(`clerk-js with a pk_${kind}_ key`, () => {
    let browser;
    let server;
    let app;
    let clerk;
    let proxy;
    let hosts;
    let mails;

    before(async () => {
      const port = await freePort();
      proxy = `http://127.0.0.1:${port}`;
      hosts = [`127.0.0.1:${port}`];
      mails = await inbox();
      [browser, server] = await Promise.all([launch(), start({
        name: `front-${kind}`, port, mail: mails.url, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', KUZZLE_LOGINS__FREE_FAILURES: '100' },
      })]);
      const keys = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
      app = await application({ key: keys[kind], proxy });
      clerk = createClerkClient({ secretKey, apiUrl: proxy });
      await clerk.users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane', privateMetadata: { crm: 7 } });
    }, slowest);
    after(async () => {
      await browser?.close();
      await app?.stop();
      await server?.stop();
    });

    it('signs in, gets tokens, keeps the user over a reload, signs out', slowest, async () => {
      const { page, context, complaints } = await open(browser, app, hosts);
      assert.equal(await page.evaluate(() => window.Clerk.user), null);
      assert.deepEqual(await refusal(page, `await window.Clerk.client.signIn.create({ identifier: 'nobody@example.com', password: 'x-y-z-1234' })`), ['form_identifier_not_found']);
      assert.deepEqual(await refusal(page, `await window.Clerk.client.signIn.create({ identifier: 'jane@example.com', password: 'wrong-password' })`), ['form_password_incorrect']);

      assert.equal(await signIn(page, 'jane@example.com', password), 'complete');
      const token = await page.evaluate(() => window.Clerk.session.getToken({ skipCache: true }));
      const claims = await verifyToken(token, { secretKey, apiUrl: proxy, authorizedParties: [app.url] });
      assert.equal(claims.azp, app.url);
      const cookies = Object.fromEntries((await context.cookies()).map((one) => [one.name, one]));
      assert.ok(Number(cookies.__client_uat.value) <= claims.iat, 'no token is older than __client_uat');
      assert.equal(await page.evaluate(() => window.Clerk.user.firstName), 'Jane');
      assert.equal(await page.evaluate(() => JSON.stringify(window.Clerk.client).includes('crm')), false, 'private metadata stays here');
      assert.deepEqual(await refusal(page, `await window.Clerk.client.signIn.create({ identifier: 'jane@example.com', password: '${password}' })`), ['session_exists']);

      await page.reload();
      await page.waitForFunction(() => document.title === 'ready');
      assert.equal(await page.evaluate(() => window.Clerk.user?.primaryEmailAddress.emailAddress), 'jane@example.com');
      await page.evaluate(() => window.Clerk.user.reload());

      await signOut(page);
      assert.equal(await page.evaluate(() => window.Clerk.user), null);
      assert.equal((await context.cookies()).find((one) => one.name === '__client_uat').value, '0');
      assert.equal((await context.cookies()).some((one) => one.name.startsWith('__session')), false);
      assert.deepEqual(complaints, []);
      await context.close();
    });

    it('signs in in two steps', slowest, async () => {
      const { page, context } = await open(browser, app, hosts);
      const [status, factors] = await page.evaluate(async () => {
        const attempt = await window.Clerk.client.signIn.create({ identifier: 'jane@example.com' });
        return [attempt.status, attempt.supportedFirstFactors.map((one) => one.strategy)];
      });
      assert.equal(status, 'needs_first_factor');
      assert.ok(factors.includes('password'));
      await page.reload();
      await page.waitForFunction(() => document.title === 'ready');
      assert.equal(await page.evaluate(() => window.Clerk.client.signIn.identifier), 'jane@example.com', 'a reload goes on');
      await page.evaluate(async (password) => {
        const attempt = await window.Clerk.client.signIn.attemptFirstFactor({ strategy: 'password', password });
        await window.Clerk.setActive({ session: attempt.createdSessionId });
      }, password);
      assert.equal(await page.evaluate(() => window.Clerk.isSignedIn), true);
      await context.close();
    });

    it('signs up with a password and a code', slowest, async () => {
      const { page, context } = await open(browser, app, hosts);
      const email = `${kind}@example.com`;
      const begun = await page.evaluate(async ([email, password]) => {
        const attempt = await window.Clerk.client.signUp.create({ emailAddress: email, password, firstName: 'New' });
        await attempt.prepareEmailAddressVerification({ strategy: 'email_code' });
        return [attempt.status, attempt.missingFields, attempt.unverifiedFields];
      }, [email, password]);
      assert.deepEqual(begun, ['missing_requirements', [], ['email_address']]);
      const [code] = /\b\d{6}\b/.exec(await mails.next('contact-code', email));
      assert.deepEqual(await refusal(page, `await window.Clerk.client.signUp.attemptEmailAddressVerification({ code: '${code === '000000' ? '000001' : '000000'}' })`), ['form_code_incorrect']);
      await page.evaluate(async (code) => {
        const attempt = await window.Clerk.client.signUp.attemptEmailAddressVerification({ code });
        await window.Clerk.setActive({ session: attempt.createdSessionId });
      }, code);
      assert.equal(await page.evaluate(() => window.Clerk.user.firstName), 'New');
      assert.equal((await clerk.users.getUserList({ emailAddress: [email] })).totalCount, 1);
      await context.close();
    });

    it('resets a forgotten password by a code, and asks for the second factor', slowest, async () => {
      const email = `forgetful-${kind}@example.com`;
      await clerk.users.createUser({ emailAddress: [email], password, totpSecret: 'JBSWY3DPEHPK3PXP' });
      const { page, context } = await open(browser, app, hosts);
      await page.evaluate(async (email) => {
        const attempt = await window.Clerk.client.signIn.create({ identifier: email });
        const { emailAddressId } = attempt.supportedFirstFactors.find((one) => one.strategy === 'reset_password_email_code');
        await attempt.prepareFirstFactor({ strategy: 'reset_password_email_code', emailAddressId });
      }, email);
      const [code] = /\b\d{6}\b/.exec(await mails.next('reset-code', email));
      const statuses = await page.evaluate(async ([code, totp]) => {
        const { signIn } = window.Clerk.client;
        const proved = (await signIn.attemptFirstFactor({ strategy: 'reset_password_email_code', code })).status;
        const set = (await signIn.resetPassword({ password: 'quite-another-password' })).status;
        const done = await signIn.attemptSecondFactor({ strategy: 'totp', code: totp });
        await window.Clerk.setActive({ session: done.createdSessionId });
        return [proved, set, done.status];
      }, [code, appCode('JBSWY3DPEHPK3PXP')]);
      assert.deepEqual(statuses, ['needs_new_password', 'needs_second_factor', 'complete']);
      assert.equal(await page.evaluate(() => window.Clerk.isSignedIn), true);
      await context.close();
    });

    for (const [what, end] of Object.entries({
      'a session revoked': (session) => clerk.sessions.revokeSession(session.id),
      'a user banned': (session) => clerk.users.banUser(session.userId),
      'a user deleted': (session) => clerk.users.deleteUser(session.userId),
    })) {
      it(`signs a page out at its next token: ${what}`, slowest, async () => {
        const email = `${what.replaceAll(' ', '-')}-${kind}@example.com`;
        await clerk.users.createUser({ emailAddress: [email], password });
        const { page, context, complaints } = await open(browser, app, hosts);
        await signIn(page, email, password);
        await end(await page.evaluate(() => ({ id: window.Clerk.session.id, userId: window.Clerk.user.id })));
        const asked = page.waitForResponse((answer) => answer.url().includes('/tokens'));
        await page.evaluate(() => { window.Clerk.session.getToken({ skipCache: true }).catch(() => {}); });
        assert.equal((await asked).status(), 401);
        await page.waitForFunction(() => !window.Clerk.session);
        assert.deepEqual(complaints, []);
        await context.close();
      });
    }

    if (kind === 'test') {
      it('gets another token for a browser whose token is not known', slowest, async () => {
        const { page, context, complaints } = await open(browser, app, hosts);
        const tokens = async () => (await context.cookies()).filter((one) => one.name.startsWith('__clerk_db_jwt'));
        const before = await tokens();
        await context.addCookies(before.map((one) => ({ ...one, value: `${one.value.slice(0, -4)}AAAA` })));
        await page.reload();
        await page.waitForFunction(() => document.title === 'ready');
        assert.equal(await signIn(page, 'jane@example.com', password), 'complete');
        assert.ok((await tokens()).every((one) => !one.value.endsWith('AAAA')));
        assert.deepEqual(complaints, []);
        await context.close();
      });
    }

    it('two tabs share the sign-in and the sign-out', slowest, async () => {
      const { page, context } = await open(browser, app, hosts);
      await signIn(page, 'jane@example.com', password);
      const { page: other } = await open(browser, app, hosts, context);
      assert.equal(await other.evaluate(() => window.Clerk.user?.firstName), 'Jane');
      for (const tab of [page, other]) assert.equal(typeof await tab.evaluate(() => window.Clerk.session.getToken({ skipCache: true })), 'string');
      await signOut(other);
      // The tab may hear of it from the other one, or at its next token.
      await page.evaluate(() => window.Clerk.session?.getToken({ skipCache: true }).catch(() => {}));
      await page.waitForFunction(() => !window.Clerk.session);
      await context.close();
    });
  });
}

/** Starts a server that sends each request to the next one of several ports, in turn. */
async function turns(port, behind) {
  const asked = behind.map(() => 0);
  let next = 0;
  const server = http.createServer((request, answer) => {
    const at = next++ % behind.length;
    asked[at] += 1;
    const { method, url, headers } = request;
    const on = http.request({ host: '127.0.0.1', port: behind[at], method, path: url, headers, agent: false }, (from) => {
      answer.writeHead(from.statusCode, from.rawHeaders);
      from.pipe(answer);
    });
    on.on('error', () => answer.destroy());
    request.pipe(on);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return { asked, stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }) };
}

if (onCluster) {
  describe('clerk-js and two servers that answer in turn', () => {
    const servers = [];
    let browser;
    let turn;
    let clerk;
    let proxy;
    let hosts;
    let mails;
    let keys;

    before(async () => {
      const port = await freePort();
      proxy = `http://127.0.0.1:${port}`;
      hosts = [`127.0.0.1:${port}`];
      mails = await inbox();
      const env = {
        KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', KUZZLE_LOGINS__FREE_FAILURES: '100',
        KUZZLE_CLERK_FRONTEND_API: `127.0.0.1:${port}/kuzzle.clerk.accounts.dev`,
      };
      servers.push(await start({ name: 'first', mail: mails.url, env }));
      servers.push(await start({ name: 'second', beside: servers[0].home, mail: mails.url, env }));
      turn = await turns(port, servers.map((one) => one.port));
      keys = JSON.parse(servers[0].command('key', 'publishable', '--json'));
      browser = await launch();
      clerk = createClerkClient({ secretKey, apiUrl: proxy });
      await clerk.users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' });
    }, slowest);
    after(async () => {
      await browser?.close();
      await turn?.stop();
      for (const one of servers) await one.stop();
    });

    for (const kind of ['test', 'live']) {
      it(`signs in, up and out with a pk_${kind}_ key`, slowest, async () => {
        const app = await application({ key: keys[kind], proxy });
        const { page, context, complaints } = await open(browser, app, hosts);
        const asked = [...turn.asked];
        for (let times = 0; times < 3; times += 1) {
          assert.equal(await signIn(page, 'jane@example.com', password), 'complete');
          for (let tokens = 0; tokens < 3; tokens += 1) {
            const token = await page.evaluate(() => window.Clerk.session.getToken({ skipCache: true }));
            assert.equal((await verifyToken(token, { secretKey, apiUrl: proxy, authorizedParties: [app.url] })).azp, app.url);
          }
          await page.evaluate(() => window.Clerk.user.reload());
          await page.reload();
          await page.waitForFunction(() => document.title === 'ready');
          assert.equal(await page.evaluate(() => window.Clerk.user?.firstName), 'Jane');
          await signOut(page);
          assert.equal(await page.evaluate(() => window.Clerk.user), null);
        }
        const email = `${kind}@example.com`;
        await page.evaluate(async ([email, password]) => {
          const attempt = await window.Clerk.client.signUp.create({ emailAddress: email, password, firstName: 'New' });
          await attempt.prepareEmailAddressVerification({ strategy: 'email_code' });
        }, [email, password]);
        const [code] = /\b\d{6}\b/.exec(await mails.next('contact-code', email));
        await page.evaluate(async (code) => {
          const attempt = await window.Clerk.client.signUp.attemptEmailAddressVerification({ code });
          await window.Clerk.setActive({ session: attempt.createdSessionId });
        }, code);
        assert.equal(await page.evaluate(() => window.Clerk.user.firstName), 'New');
        await clerk.users.banUser(await page.evaluate(() => window.Clerk.user.id));
        // The other server learns of it within a second.
        await page.waitForFunction(async () => {
          await window.Clerk.session?.getToken({ skipCache: true }).catch(() => {});
          return !window.Clerk.session;
        }, null, { polling: 100 });
        assert.ok(turn.asked.every((count, i) => count - asked[i] > 10), `the servers were asked ${turn.asked}`);
        assert.deepEqual(complaints, []);
        await context.close();
        await app.stop();
      });
    }
  });
}

describe('clerk-js where a second factor is required', () => {
  it('keeps the session pending until there is one', slowest, async () => {
    const port = await freePort();
    const proxy = `http://127.0.0.1:${port}`;
    const [browser, server] = await Promise.all([launch(), start({
      name: 'front-required', port, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', KUZZLE_FACTORS__POLICY: 'required' },
    })]);
    let app;
    try {
      const keys = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
      app = await application({ key: keys.test, proxy });
      await createClerkClient({ secretKey, apiUrl: proxy }).users.createUser({ emailAddress: ['jane@example.com'], password });
      const { page, complaints } = await open(browser, app, [`127.0.0.1:${port}`]);
      const state = () => page.evaluate(() => {
        const [session] = window.Clerk.client.sessions;
        return [session.status, session.currentTask?.key ?? null];
      });
      const claims = async () => verifyToken(await page.evaluate(() => window.Clerk.client.sessions[0].getToken({ skipCache: true })), { secretKey, apiUrl: proxy });

      assert.equal(await signIn(page, 'jane@example.com', password), 'complete');
      assert.deepEqual(await state(), ['pending', 'setup-mfa']);
      assert.equal((await claims()).sts, 'pending');
      assert.equal(await page.evaluate(() => window.Clerk.isSignedIn), false);
      assert.deepEqual(await refusal(page, `await window.Clerk.client.sessions[0].user.update({ firstName: 'Ada' })`), ['second_factor_required']);

      const secret = await page.evaluate(async () => (await window.Clerk.client.sessions[0].user.createTOTP()).secret);
      await page.evaluate((code) => window.Clerk.client.sessions[0].user.verifyTOTP({ code }), appCode(secret));
      assert.deepEqual(await state(), ['active', null]);
      assert.equal((await claims()).sts, 'active');
      assert.equal(await page.evaluate(() => window.Clerk.isSignedIn), true);
      assert.deepEqual(complaints, []);
    } finally {
      await browser.close();
      await app?.stop();
      await server.stop();
    }
  });
});
