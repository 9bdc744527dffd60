// Makes, switches and leaves organizations with npm's @clerk/clerk-js in headless Chromium, unchanged
// and without components.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { createClerkClient, verifyToken } from '@clerk/backend';
import { freePort, start } from '../kuzzle-sdk/server.mjs';
import { application, launch, open, refusal, signIn } from './harness.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
const secretKey = 'sk_test_only_for_the_tests_of_browsers';
const slowest = { timeout: 180_000 };
const password = 'my-secure-password';

describe('organizations of clerk-js', () => {
  let browser;
  let server;
  let app;
  let clerk;
  let proxy;
  let hosts;

  before(async () => {
    const port = await freePort();
    proxy = `http://127.0.0.1:${port}`;
    hosts = [`127.0.0.1:${port}`];
    [browser, server] = await Promise.all([launch(), start({ name: 'front-organizations', port, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off' } })]);
    const keys = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
    app = await application({ key: keys.test, proxy });
    clerk = createClerkClient({ secretKey, apiUrl: proxy });
    for (const name of ['jane', 'john']) await clerk.users.createUser({ emailAddress: [`${name}@example.com`], password, firstName: name });
  }, slowest);
  after(async () => {
    await browser?.close();
    await app?.stop();
    await server?.stop();
  });

  it('a user makes one, acts for it, invites; the invited accepts, is promoted and removed', slowest, async () => {
    const { page: admin, context: first, complaints } = await open(browser, app, hosts);
    await signIn(admin, 'jane@example.com', password);
    const made = await admin.evaluate(async () => {
      const organization = await window.Clerk.createOrganization({ name: 'Acme', slug: 'acme' });
      await window.Clerk.setActive({ organization: organization.id });
      const roles = await organization.getRoles();
      await organization.inviteMember({ emailAddress: 'john@example.com', role: 'org:member' });
      await organization.inviteMembers({ emailAddresses: ['one@example.com', 'two@example.com'], role: 'org:admin' });
      const pending = await organization.getInvitations({ status: ['pending'], pageSize: 10 });
      await pending.data.find((one) => one.emailAddress === 'two@example.com').revoke();
      return {
        id: organization.id, active: window.Clerk.organization.slug, roles: roles.data.map((one) => one.key), invited: pending.total_count,
        left: (await organization.getInvitations({ status: ['pending'] })).total_count, may: window.Clerk.session.checkAuthorization({ permission: 'org:sys_memberships:manage' }),
      };
    });
    assert.deepEqual({ ...made, id: '' }, { id: '', active: 'acme', roles: ['org:admin', 'org:member'], invited: 3, left: 2, may: true });
    const claims = await verifyToken(await admin.evaluate(() => window.Clerk.session.getToken()), { secretKey, apiUrl: proxy });
    assert.equal(claims.o.id, made.id);
    assert.equal(claims.o.rol, 'admin');

    const { page, context } = await open(browser, app, hosts);
    await signIn(page, 'john@example.com', password);
    const joined = await page.evaluate(async () => {
      const { data: [invitation] } = await window.Clerk.user.getOrganizationInvitations({ status: ['pending'] });
      const name = invitation.publicOrganizationData.name;
      await invitation.accept();
      await window.Clerk.user.reload();
      const { data: [membership] } = await window.Clerk.user.getOrganizationMemberships();
      await window.Clerk.setActive({ organization: membership.organization.id });
      return [name, invitation.status, membership.role, window.Clerk.organization.name, (await membership.organization.getMemberships({ pageSize: 10 })).total_count];
    });
    assert.deepEqual(joined, ['Acme', 'accepted', 'org:member', 'Acme', 2]);
    const claimed = async () => JSON.parse(Buffer.from((await page.evaluate(() => window.Clerk.session.getToken({ skipCache: true }))).split('.')[1], 'base64url')).o;
    assert.equal((await claimed()).rol, 'member');
    assert.deepEqual(await refusal(page, `await window.Clerk.organization.update({ name: 'Mine' })`), ['not_an_admin_in_organization']);
    await page.reload();
    await page.waitForFunction(() => document.title === 'ready');
    assert.equal(await page.evaluate(() => window.Clerk.organization?.name), 'Acme', 'a reload keeps the organization');

    const change = (body) => admin.evaluate(async (body) => {
      const { data } = await window.Clerk.organization.getMemberships();
      const userId = data.find((one) => one.publicUserData.identifier === 'john@example.com').publicUserData.userId;
      await (body === 'promote' ? window.Clerk.organization.updateMember({ userId, role: 'org:admin' }) : window.Clerk.organization.removeMember(userId));
    }, body);
    await change('promote');
    assert.equal((await claimed()).rol, 'admin');
    await change('remove');
    assert.equal(await claimed(), undefined, 'a removed member has no organization in the next token');

    assert.deepEqual(await refusal(admin, `await window.Clerk.user.leaveOrganization('${made.id}')`), ['organization_minimum_permissions_needed']);
    await admin.evaluate(async () => {
      await window.Clerk.organization.update({ name: 'Acme Ltd.' });
      const { organization } = window.Clerk;
      await window.Clerk.setActive({ organization: null });
      await organization.destroy();
      await window.Clerk.user.reload();
    });
    assert.deepEqual(await admin.evaluate(() => [window.Clerk.organization, window.Clerk.user.organizationMemberships.length]), [null, 0]);
    assert.deepEqual(complaints, []);
    await context.close();
    await first.close();
  });
});
