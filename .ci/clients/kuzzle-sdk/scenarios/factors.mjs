// Second factors: enrolment, a login with a challenge, backup codes, step-up; and a
// ban in the middle of a session.
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { login, refused, withClient } from '../client.mjs';
import { hide, password } from '../record.mjs';

const step = 30_000;
const within = 30_000;
const who = { username: 'factor-one', password };
const plain = { username: 'factor-plain', password };

async function prepare(context) {
  await withClient(context, async ({ security }) => {
    const all = { actions: { '*': true } };
    await security.createRole('factor-role', { controllers: { auth: all, totp: all, 'backup-code': all } });
    await security.createProfile('factor-profile', { policies: [{ roleId: 'factor-role' }] });
    await security.createProfile('step-profile', { policies: [{ roleId: 'factor-role' }], stepUp: { 'auth:updateSelf': '1s' } });
    await security.createUser('factor-1', { content: { profileIds: ['factor-profile'] }, credentials: { local: who } });
    await security.createUser('factor-2', { content: { profileIds: ['step-profile'] }, credentials: { local: plain } });
  });
}

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

function base32(text) {
  const bits = [...text].map((c) => letters.indexOf(c).toString(2).padStart(5, '0')).join('');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

/** An authenticator app: no code of it is shown twice. */
export class App {
  #key;
  #last = 0;

  constructor(secret) {
    this.#key = base32(secret);
  }

  /** The next code that the server takes, which may be that of the next half minute. */
  async next() {
    const now = () => Math.floor(Date.now() / step);
    this.#last = Math.max(this.#last + 1, now() - 1);
    while (this.#last > now() + 1) await wait(100);
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(this.#last));
    const sum = createHmac('sha1', this.#key).update(counter).digest();
    const at = sum[19] & 15;
    return String((sum.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
  }
}

const wrongProof = (request) => refused(request, 401, 'plugin.strategy.missing_user');

/** Logs in by the password and gives the challenge. */
async function challenge(client) {
  const asked = await client.result('auth', 'login', { strategy: 'local', body: who }, { verb: 'POST' });
  assert.deepEqual([asked._id, asked.jwt, typeof asked.expiresAt], [null, undefined, 'number']);
  hide(asked.challenge);
  return asked;
}

export async function factors(t, context) {
  await prepare(context);
  const anonymous = { ...context, token: undefined };
  let app;
  let codes;
  await t.test('enrolment', async () => {
    const token = hide(await login(anonymous, who.username, password));
    await withClient({ ...context, token }, async (client) => {
      const made = await client.result('totp', 'enrol');
      app = new App(hide(made.secret));
      assert.match(made.uri, /^otpauth:\/\/totp\//);
      await refused(client.auth.createMyCredentials('totp', { enrolment: made.enrolment, code: '12345' }), 400, 'plugin.totp.wrong_code');
      await client.auth.createMyCredentials('totp', { enrolment: made.enrolment, code: await app.next() });
      const drawn = await client.result('backup-code', 'draw');
      codes = drawn.codes.map(hide);
      await client.auth.createMyCredentials('backup-code', { enrolment: drawn.enrolment, code: codes[0] });
    });
  });
  await t.test('a login is asked for a code', () =>
    withClient(anonymous, async (client) => {
      const asked = await challenge(client);
      assert.deepEqual(asked.factors, ['totp', 'backup-code']);
      assert.equal(client.kuzzle.jwt ?? null, null, 'the SDK takes a challenge for a token');
      await wrongProof(client.auth.login('totp', { challenge: asked.challenge, code: '000000' }));
      const code = await app.next();
      hide(await client.auth.login('totp', { challenge: asked.challenge, code }));
      assert.equal((await client.auth.getCurrentUser())._id, 'factor-1');
      const again = await challenge(client);
      await wrongProof(client.auth.login('totp', { challenge: again.challenge, code }));
    }));
  await t.test('auth.login takes a challenge for no login', () =>
    withClient(anonymous, async (client) => {
      await assert.rejects(client.auth.login('local', who));
      assert.equal((await client.auth.getCurrentUser())._id, '-1');
    }));
  await t.test('a backup code serves once', () =>
    withClient(anonymous, async (client) => {
      const code = codes[1];
      hide(await client.auth.login('backup-code', { challenge: (await challenge(client)).challenge, code }));
      await wrongProof(client.auth.login('backup-code', { challenge: (await challenge(client)).challenge, code }));
    }));
  await t.test('step-up', () =>
    withClient(anonymous, async (client) => {
      hide(await client.auth.login('local', plain));
      const update = () => client.auth.updateSelf({ a: 1 });
      const asked = (error) => error.status === 401 && error.id === 'security.token.factor_required';
      const limit = Date.now() + within;
      for (let late = false; !late; await wait(100)) {
        late = await update().then(() => false, asked);
        assert.ok(Date.now() < limit, 'a proof of a second ago is taken for ever');
      }
      for (let done = false; !done; ) {
        await client.result('auth', 'proveFactor', { strategy: 'local', body: plain });
        // On a busy machine the second may be over.
        done = await update().then(() => true, (error) => !asked(error) && Promise.reject(error));
        assert.ok(Date.now() < limit, 'a fresh proof is not taken');
      }
    }));
  await t.test('a ban ends a session', () =>
    withClient(anonymous, async (client) => {
      hide(await client.auth.login('local', plain));
      await withClient(context, (boss) => boss.send('security', 'banUser', { _id: 'factor-2' }));
      await refused(client.auth.getMyRights(), 401, 'security.token.invalid');
      await withClient(context, (boss) => boss.send('security', 'unbanUser', { _id: 'factor-2' }));
      await withClient(anonymous, async ({ auth }) => hide(await auth.login('local', plain)));
    }));
}
