// Drives the built server with Clerk's own clients: npm's @clerk/backend and the
// command line of npm's clerk, neither changed. The latter is a program for each
// platform, of which the package here is the one for CI's.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createClerkClient, verifyToken } from '@clerk/backend';
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose';
import { start } from '../kuzzle-sdk/server.mjs';

// Clerk's client would tell Clerk of its use.
process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_these_tests';
const slowest = { timeout: 120_000 };
const folder = path.dirname(fileURLToPath(import.meta.url));

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
    server = await start({ name: 'clerk', env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off' } });
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
