// Drives the built server with Clerk's own clients: npm's @clerk/backend and the
// command line of npm's clerk, neither changed. The latter is a program for each
// platform, of which the package here is the one for CI's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { createClerkClient, verifyToken } from '@clerk/backend';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { verifyWebhook } from '@clerk/backend/webhooks';
import { start } from '../kuzzle-sdk/server.mjs';

// Clerk's client would tell Clerk of its use.
process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_these_tests';
const slowest = { timeout: 120_000 };
const folder = path.dirname(fileURLToPath(import.meta.url));
const exports = path.join(folder, '../../../kuzzle/importer/testdata');

/** The code that an authenticator app shows now. */
function code(secret) {
  const bits = [...secret].map((c) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(c).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(step).digest();
  return String((mac.readUInt32BE(mac[19] & 15) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Refused with Clerk's errors: each "code parameter". */
async function refused(call, status, ...errors) {
  await assert.rejects(call, (error) => {
    assert.equal(error.clerkError, true, error.stack);
    assert.equal(error.status, status);
    assert.deepEqual(error.errors.map((e) => [e.code, e.meta?.paramName].filter(Boolean).join(' ')), errors);
    assert.ok(error.clerkTraceId);
    return true;
  });
}

describe("Clerk's clients", () => {
  let server;
  let clerk;
  let apiUrl;

  before(async () => {
    server = await start({ name: 'clerk', env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', KUZZLE_WEBHOOKS__PRIVATE_ADDRESSES: 'true' } });
    apiUrl = `http://127.0.0.1:${server.port}`;
    clerk = createClerkClient({ secretKey, apiUrl });
  }, slowest);
  after(() => server?.stop());

  it('@clerk/backend: a user from the first day to the last', slowest, async () => {
    const made = await clerk.users.createUser({
      externalId: 'ext-1',
      emailAddress: ['Jane@Example.com', 'work@example.com'],
      phoneNumber: ['+12015550123'],
      web3Wallet: ['0x52908400098527886E0F7030069857D2E4169EE7'],
      username: 'jane_doe',
      password: 'my-secure-password',
      firstName: 'Jane',
      lastName: 'Doe',
      publicMetadata: { plan: 'pro', deep: { camelCase: [1, null] } },
      privateMetadata: { crm: 7 },
      unsafeMetadata: { theme: 'dark' },
      createdAt: new Date('2023-05-06T07:08:09.123Z'),
      legalAcceptedAt: new Date('2024-01-01T00:00:00Z'),
    });
        assert.match(made.id, /^user_[0-9A-Za-z]+$/);
    assert.deepEqual(
      [made.externalId, made.username, made.firstName, made.lastName, made.fullName, made.createdAt, made.legalAcceptedAt],
      ['ext-1', 'jane_doe', 'Jane', 'Doe', 'Jane Doe', 1683356889123, null],
    );
    assert.deepEqual(made.emailAddresses.map((a) => [a.emailAddress, a.verification.status]), [['Jane@example.com', 'verified'], ['work@example.com', 'verified']]);
    assert.equal(made.primaryEmailAddress.emailAddress, 'Jane@example.com');
    assert.equal(made.primaryPhoneNumber.phoneNumber, '+12015550123');
    assert.equal(made.primaryWeb3Wallet.web3Wallet, '0x52908400098527886E0F7030069857D2E4169EE7');
    assert.deepEqual(made.publicMetadata, { plan: 'pro', deep: { camelCase: [1, null] } });
    assert.deepEqual([made.passwordEnabled, made.twoFactorEnabled, made.banned, made.locked], [true, false, false, false]);
    assert.deepEqual(await clerk.users.getUser(made.id), made);

    await refused(clerk.users.createUser({ emailAddress: ['JANE@example.com'], password: 'my-secure-password' }), 422, 'form_identifier_exists email_address');
    await refused(clerk.users.createUser({ emailAddress: ['new@example.com'], password: 'password' }), 422, 'form_password_pwned password');

    const list = await clerk.users.getUserList({ emailAddress: ['work@example.com'], orderBy: '-created_at', limit: 5 });
    assert.deepEqual([list.totalCount, list.data.map((u) => u.id)], [1, [made.id]]);
    assert.equal(await clerk.users.getCount({ query: 'JANE' }), 1);
    await refused(clerk.users.getUserList({ limit: 501 }), 422, 'form_param_value_too_large limit');

    const gone = await clerk.users.deleteUser(made.id);
    assert.deepEqual([gone.object, gone.id, gone.deleted], ['user', made.id, true]);
    await refused(clerk.users.getUser(made.id), 404, 'resource_not_found');
  });

  /** Logs in with a ticket, as a frontend does. */
  async function redeem(ticket, more = {}) {
    const res = await fetch(`${apiUrl}/_login/ticket`, {
      method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ ticket, ...more }),
    });
    return { status: res.status, ...(await res.json()).result };
  }

  /** The one session of a user beside one that has ended, once it alone is listed: an index is a second behind. */
  async function sessionOf(userId, ended) {
    let data = [];
    for (const late = Date.now() + 30_000; Date.now() < late; ) {
      ({ data } = await clerk.sessions.getSessionList({ userId }));
      if (data.length === 1 && data[0].id !== ended) return data[0];
    }
    return assert.fail(`not one session is listed, but ${data.map((one) => one.id)}`);
  }

  it('@clerk/backend: an invitation, from its link to the user who accepts it', slowest, async () => {
    const made = await clerk.invitations.createInvitation({
      emailAddress: 'invited@example.com', publicMetadata: { team: 'red' }, redirectUrl: 'https://app.example.com/welcome', expiresInDays: 7, notify: false,
    });
    assert.deepEqual([made.emailAddress, made.status, made.publicMetadata, made.revoked], ['invited@example.com', 'pending', { team: 'red' }, undefined]);
    await refused(clerk.invitations.createInvitation({ emailAddress: 'INVITED@example.com' }), 400, 'duplicate_record');
    const followed = await fetch(made.url, { redirect: 'manual' });
    const to = new URL(followed.headers.get('location'));
    assert.deepEqual([followed.status, to.host, to.searchParams.get('__clerk_status')], [302, 'app.example.com', 'sign_up']);
    const ticket = to.searchParams.get('__clerk_ticket');
    const session = await redeem(ticket, { password: 'my-secure-password' });
    assert.equal(session.status, 200);
    const user = await clerk.users.getUser(session._id);
    assert.deepEqual([user.primaryEmailAddress.emailAddress, user.primaryEmailAddress.verification.status, user.publicMetadata], ['invited@example.com', 'verified', { team: 'red' }]);
    assert.equal((await sessionOf(user.id)).status, 'active');
    assert.equal((await redeem(ticket, { password: 'my-secure-password' })).status, 401);
    await refused(clerk.invitations.revokeInvitation(made.id), 400, 'invitation_already_accepted');
    await refused(clerk.invitations.createInvitation({ emailAddress: 'invited@example.com', notify: false }), 422, 'form_identifier_exists email_address');

    const many = await clerk.invitations.createInvitationBulk([{ emailAddress: 'b1@example.com', notify: false }, { emailAddress: 'b2@example.com', publicMetadata: { k: 1 } }]);
    assert.deepEqual(many.map((one) => one.emailAddress), ['b1@example.com', 'b2@example.com']);
    const revoked = await clerk.invitations.revokeInvitation(many[0].id);
    assert.deepEqual([revoked.status, revoked.revoked], ['revoked', true]);
    await refused(clerk.invitations.revokeInvitation(many[0].id), 400, 'invitation_already_revoked');
    const listed = await clerk.invitations.getInvitationList({ orderBy: 'email_address' });
    assert.deepEqual([listed.totalCount, listed.data.map((one) => `${one.emailAddress} ${one.status}`)], [2, ['b2@example.com pending', 'invited@example.com accepted']]);
    assert.equal((await clerk.invitations.getInvitationList({ status: 'revoked', query: 'b1@' })).totalCount, 1);
    const gone = await clerk.invitations.deleteInvitation(many[1].id);
    assert.deepEqual([gone.object, gone.id, gone.deleted], ['invitation', many[1].id, true]);
    await refused(clerk.invitations.deleteInvitation(many[1].id), 404, 'resource_not_found');
    await clerk.users.deleteUser(user.id);
  });

  it('@clerk/backend: tokens by which a user logs in, and somebody in the user\'s place', slowest, async () => {
    const { id } = await clerk.users.createUser({ emailAddress: ['tokens@example.com'], password: 'my-secure-password' });
    const made = await clerk.signInTokens.createSignInToken({ userId: id, expiresInSeconds: 600 });
    assert.deepEqual([made.status, made.userId], ['pending', id]);
    assert.ok(made.url.includes(made.token));
    assert.equal((await redeem(made.token))._id, id);
    assert.equal((await redeem(made.token)).status, 401);
    await refused(clerk.signInTokens.revokeSignInToken(made.id), 400, 'sign_in_token_cannot_be_revoked_code');
    const ended = await sessionOf(id);
    await clerk.sessions.revokeSession(ended.id);
    const other = await clerk.signInTokens.createSignInToken({ userId: id, expiresInSeconds: 600 });
    assert.equal((await clerk.signInTokens.revokeSignInToken(other.id)).status, 'revoked');
    assert.equal((await redeem(other.token)).status, 401);

    const acting = await clerk.actorTokens.create({ userId: id, actor: { sub: 'user_boss' }, expiresInSeconds: 60 });
    assert.deepEqual([acting.status, acting.actor], ['pending', { sub: 'user_boss' }]);
    assert.equal((await redeem(acting.token))._id, id);
    const session = await sessionOf(id, ended.id);
    assert.deepEqual([session.actor, session.expireAt <= Date.now() + 30 * 60_000], [{ sub: 'user_boss' }, true]);
    const { jwt } = await clerk.sessions.getToken(session.id);
    const claims = await verifyToken(jwt, { secretKey, apiUrl });
    assert.deepEqual([claims.sub, claims.act], [id, { sub: 'user_boss' }]);
    await refused(clerk.actorTokens.revoke(acting.id), 400, 'actor_token_cannot_be_revoked_code');
    await clerk.users.deleteUser(id);
  });

  it('@clerk/backend: a digest from elsewhere, whose owner logs in', slowest, async () => {
    const made = await clerk.users.createUser({
      emailAddress: ['digest@example.com'],
      passwordHasher: 'bcrypt',
      passwordDigest: '$2a$04$aVmBbeDF2iQ6Bbhw54YITuhZjxy9nvzvlxo.ckJYqHsm8nLRoiTVa',
    });
    assert.equal(made.passwordEnabled, true);
    await refused(
      clerk.users.createUser({ emailAddress: ['other@example.com'], passwordHasher: 'bcrypt', passwordDigest: 'x' }),
      422, 'form_password_digest_invalid_code password_digest',
    );
  });

  it('@clerk/backend: sessions, and tokens that it verifies', slowest, async () => {
    const user = await clerk.users.createUser({ emailAddress: ['sessions@example.com'], password: 'my-secure-password' });
    const login = await fetch(`${apiUrl}/_login/local`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ username: 'sessions@example.com', password: 'my-secure-password' }),
    });
    assert.equal((await login.json()).result._id, user.id);
    let sessions = { data: [] };
    for (const late = Date.now() + 30_000; sessions.data.length === 0 && Date.now() < late; ) sessions = await clerk.sessions.getSessionList({ userId: user.id });
    assert.deepEqual([sessions.totalCount, sessions.data[0].userId, sessions.data[0].status], [1, user.id, 'active']);
    const session = await clerk.sessions.createSession({ userId: user.id });
    const { jwt } = await clerk.sessions.getToken(session.id);
    const claims = await verifyToken(jwt, { secretKey, apiUrl });
    assert.deepEqual([claims.sub, claims.sid, claims.v], [user.id, session.id, 2]);
    await verifyToken(jwt, { secretKey, apiUrl, issuer: claims.iss });
    await assert.rejects(verifyToken(`${jwt.slice(0, -8)}AAAAAAAA`, { secretKey, apiUrl }), { reason: 'token-invalid-signature' });

    const publishableKey = `pk_test_${Buffer.from(`${new URL(claims.iss).host}$`).toString('base64')}`;
    const request = new Request('https://app.example.com/', { headers: { authorization: `Bearer ${jwt}` } });
    const state = await createClerkClient({ secretKey, publishableKey, apiUrl }).authenticateRequest(request);
    assert.equal(state.isAuthenticated, true, state.reason);
    assert.equal(state.toAuth().userId, user.id);

    assert.equal((await clerk.sessions.revokeSession(session.id)).status, 'revoked');
    await refused(clerk.sessions.getToken(session.id), 404, 'resource_not_found');
    await clerk.users.deleteUser(user.id);
  });

  it('@clerk/backend: a session that acts for an organization', slowest, async () => {
    const user = await clerk.users.createUser({ emailAddress: ['acting@example.com'], password: 'my-secure-password' });
    const organization = await clerk.organizations.createOrganization({ name: 'Acting', createdBy: user.id });
    const session = await clerk.sessions.createSession({ userId: user.id, activeOrganizationId: organization.id });
    assert.equal(session.lastActiveOrganizationId, organization.id);
    const { jwt } = await clerk.sessions.getToken(session.id);
    const publishableKey = `pk_test_${Buffer.from('clerk.example.com$').toString('base64')}`;
    const request = new Request('https://app.example.com/', { headers: { authorization: `Bearer ${jwt}` } });
    const auth = (await createClerkClient({ secretKey, publishableKey, apiUrl }).authenticateRequest(request)).toAuth();
    assert.deepEqual([auth.orgId, auth.orgSlug, auth.orgRole], [organization.id, organization.slug, 'org:admin']);
    const may = (permission) => auth.has({ permission });
    assert.deepEqual([may('org:sys_memberships:manage'), may('org:sys_profile:delete'), may('org:sys_profile:read'), may('org:billing:manage')], [true, true, false, false]);
    await clerk.organizations.deleteOrganization(organization.id);
    await clerk.users.deleteUser(user.id);
  });

  it('@clerk/backend: templates, whose tokens jose verifies', slowest, async () => {
    const user = await clerk.users.createUser({ emailAddress: ['template@example.com'], password: 'my-secure-password', firstName: 'Tom', publicMetadata: { plan: 'pro' } });
    const made = await clerk.jwtTemplates.create({ name: 'shop', claims: { aud: 'shop', plan: '{{user.public_metadata.plan}}' }, lifetime: 120 });
    assert.deepEqual([made.name, made.lifetime, made.allowedClockSkew, made.customSigningKey, made.signingAlgorithm], ['shop', 120, 5, false, 'RS256']);
    assert.equal((await clerk.jwtTemplates.get(made.id)).id, made.id);
    const list = await clerk.jwtTemplates.list();
    assert.deepEqual([list.totalCount, list.data[0].id], [1, made.id]);
    const changed = await clerk.jwtTemplates.update({ templateId: made.id, name: 'shop', claims: { aud: 'shop', plan: '{{user.public_metadata.plan}}', name: '{{user.first_name}}' } });
    assert.deepEqual(changed.claims.name, '{{user.first_name}}');
    const session = await clerk.sessions.createSession({ userId: user.id });
    const { jwt } = await clerk.sessions.getToken(session.id, 'shop');
    const keys = createRemoteJWKSet(new URL(`${apiUrl}/v1/jwks`), { headers: { Authorization: `Bearer ${secretKey}` } });
    const { payload, protectedHeader } = await jwtVerify(jwt, keys, { algorithms: ['RS256'], issuer: decodeJwt(jwt).iss, audience: 'shop' });
    assert.deepEqual([payload.sub, payload.plan, payload.name, payload.exp - payload.iat, payload.sid], [user.id, 'pro', 'Tom', 120, undefined]);
    assert.equal(protectedHeader.alg, 'RS256');
    await assert.rejects(jwtVerify(`${jwt.slice(0, -8)}AAAAAAAA`, keys, { algorithms: ['RS256'] }), { code: 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED' });
    // A template's token is none of a session.
    const publishableKey = `pk_test_${Buffer.from('clerk.example.com$').toString('base64')}`;
    const request = new Request('https://app.example.com/', { headers: { authorization: `Bearer ${jwt}` } });
    assert.equal((await createClerkClient({ secretKey, publishableKey, apiUrl }).authenticateRequest(request)).isAuthenticated, false);
    await refused(clerk.jwtTemplates.create({ name: 'shop', claims: {} }), 422, 'form_already_exists name');
    await refused(clerk.jwtTemplates.create({ name: 'other', claims: { sub: 'x' } }), 400, 'jwt_template_reserved_claim claims');
    await refused(clerk.sessions.getToken(session.id, 'none'), 404, 'resource_not_found');
    await refused(
      clerk.sessions.refreshSession(session.id, { expired_token: jwt, refresh_token: 'x', request_origin: 'https://app.example.com', format: 'cookie' }),
      401, 'expired_session_token_missing_sid',
    );
    assert.deepEqual([(await clerk.jwtTemplates.delete(made.id)).deleted], [true]);
    const testing = await clerk.testingTokens.createTestingToken();
    assert.ok(testing.token && testing.expires_at > Date.now() / 1000 && testing.expires_at < Date.now() / 1000 + 3700);
    await clerk.users.deleteUser(user.id);
  });

  it('@clerk/backend: webhooks that it verifies', slowest, async () => {
    let signingSecret;
    const events = [];
    const refused = [];
    const receiver = http.createServer(async (message, answer) => {
      let body = '';
      for await (const part of message) body += part;
      const request = (text) => new Request('https://app.example.com/clerk', { method: 'POST', headers: message.headers, body: text });
      try {
        events.push(await verifyWebhook(request(body), { signingSecret }));
        await assert.rejects(verifyWebhook(request(`${body} `), { signingSecret }));
      } catch (error) {
        refused.push(error);
      }
      answer.end();
    });
    receiver.listen(0, '127.0.0.1');
    await once(receiver, 'listening');
    try {
      const added = await fetch(`${apiUrl}/webhooks`, {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ url: `http://127.0.0.1:${receiver.address().port}/`, format: 'clerk' }),
      });
      signingSecret = (await added.json()).result.secret;
      const user = await clerk.users.createUser({ emailAddress: ['hooks@example.com'], externalId: 'ext-hooks', password: 'my-secure-password', privateMetadata: { crm: 7 } });
      const session = await clerk.sessions.createSession({ userId: user.id });
      await clerk.sessions.revokeSession(session.id);
      await clerk.users.updateUser(user.id, { firstName: 'Jane' });
      const organization = await clerk.organizations.createOrganization({ name: 'Hooks', createdBy: user.id });
      await clerk.organizations.deleteOrganization(organization.id);
      await clerk.users.deleteUser(user.id);
      const types = [
        'organization.created', 'organization.deleted', 'organizationMembership.created',
        'session.created', 'session.revoked', 'user.created', 'user.deleted', 'user.updated',
      ];
      for (const late = Date.now() + 60_000; events.length + refused.length < types.length && Date.now() < late; ) await wait(20);
      assert.deepEqual(refused, []);
      assert.deepEqual(events.map((e) => e.type).sort(), types);
      const of = (type) => events.find((e) => e.type === type);
      assert.deepEqual([of('user.created').data.id, of('user.created').data.private_metadata, of('user.created').data.first_name], [user.id, { crm: 7 }, null]);
      assert.equal(of('user.updated').data.first_name, 'Jane');
      assert.deepEqual(of('user.deleted').data, { object: 'user', id: user.id, deleted: true, external_id: 'ext-hooks' });
      assert.deepEqual([of('session.revoked').data.id, of('session.revoked').data.status, of('session.revoked').data.user.id], [session.id, 'revoked', user.id]);
      const { role, organization: inside, public_user_data: person } = of('organizationMembership.created').data;
      assert.deepEqual([role, inside.id, person.user_id], ['org:admin', organization.id, user.id]);
      for (const event of events) {
        assert.deepEqual([event.object, event.event_attributes.http_request.user_agent, /^ins_/.test(event.instance_id), typeof event.timestamp], ['event', '@clerk/backend@3.25.0', true, 'number']);
      }
    } finally {
      receiver.closeAllConnections();
      receiver.close();
    }
  });

  it('@clerk/backend: the instance, its restrictions and both lists', slowest, async () => {
    const instance = await clerk.instance.get();
    assert.match(instance.id, /^ins_/);
    assert.equal(instance.environmentType, 'development');
    const leaked = (n) => clerk.users.createUser({ emailAddress: [`leaked${n}@example.com`], password: 'password' });
    await refused(leaked(1), 422, 'form_password_pwned password');
    await clerk.instance.update({ hibp: false, allowedOrigins: ['https://app.example.com'] });
    await clerk.users.deleteUser((await leaked(2)).id);
    assert.deepEqual((await clerk.instance.get()).allowedOrigins, ['https://app.example.com']);
    await clerk.instance.update({ hibp: true });
    await refused(leaked(3), 422, 'form_password_pwned password');

    const restrictions = await clerk.instance.updateRestrictions({ blocklist: true, blockEmailSubaddresses: true });
    assert.deepEqual(
      [restrictions.allowlist, restrictions.blocklist, restrictions.blockEmailSubaddresses, restrictions.blockDisposableEmailDomains],
      [false, true, true, false],
    );
    await clerk.instance.updateRestrictions({ blocklist: false, blockEmailSubaddresses: false });

    const groups = await clerk.instance.updateOrganizationSettings({ maxAllowedMemberships: 7, adminDeleteEnabled: false });
    assert.deepEqual([groups.enabled, groups.maxAllowedMemberships, groups.adminDeleteEnabled, groups.creatorRole], [true, 7, false, 'org:admin']);
    await clerk.instance.updateOrganizationSettings({ maxAllowedMemberships: 0, adminDeleteEnabled: true });
    assert.equal((await clerk.instance.getOrganizationSettings()).maxAllowedMemberships, 0);

    for (const [lists, list, create, remove] of [
      ['allowlistIdentifiers', 'getAllowlistIdentifierList', 'createAllowlistIdentifier', 'deleteAllowlistIdentifier'],
      ['blocklistIdentifiers', 'getBlocklistIdentifierList', 'createBlocklistIdentifier', 'deleteBlocklistIdentifier'],
    ]) {
      const api = clerk[lists];
      const add = (identifier) => api[create](create.startsWith('createA') ? { identifier, notify: false } : { identifier });
      const one = await add('*@example.org');
      assert.deepEqual([one.identifier, one.identifierType, one.instanceId], ['*@example.org', 'email_address', instance.id]);
      await refused(add('*@EXAMPLE.org'), 400, 'duplicate_record');
      await refused(add('example.org'), 422, 'form_param_format_invalid identifier');
      const all = await api[list]({ limit: 500 });
      assert.deepEqual([all.totalCount, all.data.map((i) => i.id)], [1, [one.id]]);
      assert.equal((await api[remove](one.id)).deleted, true);
      await refused(api[remove](one.id), 404, 'resource_not_found');
      assert.equal((await api[list]()).totalCount, 0);
    }
  });

  it('@clerk/backend: users who left Clerk have their ids, passwords and apps', slowest, async () => {
    const files = ['clerk-export.csv', 'clerk-users-1.json', 'clerk-users-2.json', 'clerk-organizations.json'].map((name) => path.join(exports, name));
    assert.match(server.command('import', ...files), /\(clerk\): 7 created, .* 0 failed of 7 rows/);
    const ids = ['user_2aLice', 'user_2bOb', 'user_2cArol', 'user_2dAve', 'user_2eRin'];
    let found = [];
    for (const late = Date.now() + 30_000; found.length < ids.length && Date.now() < late; ) {
      found = (await clerk.users.getUserList({ userId: ids, limit: 10 })).data.map((u) => u.id).sort();
    }
    assert.deepEqual(found, ids);
    const alice = await clerk.users.getUser('user_2aLice');
    assert.deepEqual(
      [alice.externalId, alice.primaryEmailAddress.emailAddress, alice.totpEnabled, alice.publicMetadata, alice.externalAccounts.map((a) => a.provider)],
      ['app-1', 'alice@example.com', true, { plan: 'pro' }, ['oauth_google']],
    );
    assert.equal((await clerk.users.verifyPassword({ userId: alice.id, password: 'correct horse battery staple 42!' })).verified, true);
    await refused(clerk.users.verifyPassword({ userId: alice.id, password: 'another one' }), 422, 'incorrect_password password');
    assert.equal((await clerk.users.verifyTOTP({ userId: alice.id, code: code('JBSWY3DPEHPK3PXP') })).verified, true);
    assert.equal((await clerk.organizations.getOrganization({ slug: 'acme' })).createdBy, alice.id);
  });

  it('@clerk/backend: another key', slowest, async () => {
    await refused(createClerkClient({ secretKey: 'sk_test_of_somebody_else', apiUrl }).users.getUser('user_x'), 401, 'clerk_key_invalid');
  });

  const elsewhere = process.platform === 'linux' && process.arch === 'x64' ? {} : { skip: 'the command line is there for linux-x64 alone' };
  it("Clerk's command line makes a user and shows it", { ...slowest, ...elsewhere }, async () => {
    const cli = async (...args) => {
      // Without a terminal it would read a body from an open stdin.
      const child = spawn(path.join(folder, 'node_modules/@clerk/cli-linux-x64/bin/clerk'), [...args, '--secret-key', secretKey], {
        env: { PATH: process.env.PATH, HOME: server.home, CLERK_BACKEND_API_URL: apiUrl, CI: '1' }, cwd: server.home, stdio: ['ignore', 'pipe', 'inherit'],
      });
      let stdout = '';
      for await (const part of child.stdout) stdout += part;
      return stdout;
    };
    const shown = await cli('api', '/users', '-X', 'POST', '-d', '{"email_address":["cli@example.com"],"password":"my-secure-password"}', '--yes');
    const made = JSON.parse(shown);
    assert.equal(made.email_addresses[0].email_address, 'cli@example.com');
    assert.match(await cli('users', 'list', '--json'), /cli@example\.com/);
    const read = await cli('api', `/users/${made.id}`);
    assert.equal(JSON.parse(read).id, made.id);
  });
});
