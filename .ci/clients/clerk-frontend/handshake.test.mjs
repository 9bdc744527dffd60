// Lets npm's @clerk/backend judge requests of a browser, as the middleware of every framework does, and
// follows its handshakes.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClerkClient } from '@clerk/backend';
import { freePort, start } from '../kuzzle-sdk/server.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 120_000 };
const password = 'my-secure-password';
const page = 'http://127.0.0.1:3999/private';
const origin = new URL(page).origin;

for (const kind of ['test', 'live']) {
  describe(`middleware with a pk_${kind}_ key`, () => {
    let server;
    let clerk;
    let instance;
    /** The browser's cookies at the application and, apart from them in development, at the instance. */
    let own;
    let theirs;

    /** Reads the cookies of an answer into a jar. */
    function store(jar, lines) {
      for (const line of lines) {
        const [, name, value, rest] = /^([^=]+)=([^;]*)(.*)$/.exec(line);
        if (/max-age=0|expires=thu, 01 jan 1970/i.test(rest)) delete jar[name];
        else jar[name] = value;
      }
    }
    const header = (jar) => Object.entries(jar).map(([name, value]) => `${name}=${value}`).join('; ');
    const judged = (url) => clerk.authenticateRequest(new Request(url, {
      headers: { cookie: header(own), accept: 'text/html', 'sec-fetch-dest': 'document', 'user-agent': 'test' },
    }), { proxyUrl: instance, authorizedParties: [origin] });

    /** Opens a page as a browser does, by all redirects, and returns how the request is judged at the end and how many handshakes there were. */
    async function visit(url) {
      for (let handshakes = 0; handshakes < 4; handshakes += 1) {
        const state = await judged(url);
        store(own, state.headers.getSetCookie());
        const back = state.headers.get('location');
        if (!back) return [state, handshakes];
        if (!back.includes('/v1/client/handshake')) {
          url = back;
          handshakes -= 1;
          continue;
        }
        const answer = await fetch(back, { redirect: 'manual', headers: { cookie: header(theirs) } });
        assert.equal(answer.status, 307, await answer.text());
        store(kind === 'live' ? own : theirs, answer.headers.getSetCookie());
        url = answer.headers.get('location');
      }
      throw new Error('the handshakes do not end');
    }

    async function signIn() {
      const form = new URLSearchParams({ identifier: 'jane@example.com', password });
      let query = '';
      if (kind === 'test') query = `?__clerk_db_jwt=${own.__clerk_db_jwt}`;
      const answer = await fetch(`${instance}/v1/client/sign_ins${query}`, { method: 'POST', body: form, headers: { origin, cookie: header(theirs) } });
      assert.equal(answer.status, 200);
      store(theirs, answer.headers.getSetCookie());
      const browser = answer.headers.get('clerk-db-jwt');
      if (browser) for (const name of Object.keys(own).filter((name) => name.startsWith('__clerk_db_jwt'))) own[name] = browser;
      const { client } = await answer.json();
      // What clerk-js and, in production, the instance set for pages.
      for (const name of Object.keys(own).filter((name) => name.startsWith('__client_uat'))) own[name] = String(Math.floor(client.updated_at / 1000));
      if (kind === 'live') own.__client_uat = String(Math.floor(client.updated_at / 1000));
      return client.sessions[0].id;
    }

    before(async () => {
      const port = await freePort();
      instance = `http://127.0.0.1:${port}`;
      own = {};
      theirs = {};
      server = await start({ name: `shake-${kind}`, port, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off' } });
      const keys = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
      clerk = createClerkClient({ secretKey, publishableKey: keys[kind], apiUrl: instance });
      await clerk.users.createUser({ emailAddress: ['jane@example.com'], password });
    }, slowest);
    after(() => server?.stop());

    it('knows nobody, then the user, then nobody', slowest, async () => {
      let [state, handshakes] = await visit(page);
      assert.deepEqual([state.status, handshakes], ['signed-out', kind === 'test' ? 1 : 0]);

      const session = await signIn();
      [state, handshakes] = await visit(page);
      assert.deepEqual([state.status, handshakes], ['signed-in', 1], `a browser without a session token: ${state.reason}`);
      assert.equal(state.toAuth().sessionId, session);
      [state, handshakes] = await visit(page);
      assert.deepEqual([state.status, handshakes], ['signed-in', 0], `a fresh token: ${state.reason}`);

      await clerk.sessions.revokeSession(session);
      for (const name of Object.keys(own).filter((name) => name.startsWith('__session'))) delete own[name];
      [state, handshakes] = await visit(page);
      assert.deepEqual([state.status, handshakes], ['signed-out', 1], `a session that ended: ${state.reason}`);
      [state, handshakes] = await visit(page);
      assert.deepEqual([state.status, handshakes], ['signed-out', 0], `it stays so: ${state.reason}`);
    });
  });
}
