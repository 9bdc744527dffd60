// A walk through the vendor's components for organizations.
import assert from 'node:assert/strict';
import { it } from 'node:test';
import { slowest } from './instance.mjs';
import { mount, reload } from './stage.mjs';

/** Tests them on a stage. */
export function organizations(stage) {
  it('OrganizationSwitcher makes one, OrganizationProfile invites, and the invited joins and switches', slowest, async () => {
    for (const name of ['mary', 'john']) await stage.make(name);
    const mary = await stage.signedIn('mary');
    await mount(mary.page, 'OrganizationSwitcher');
    await mary.page.click('.cl-organizationSwitcherTrigger');
    await mary.page.getByText('Create organization').first().click();
    await mary.page.fill('input[name=name]', 'Acme');
    await mary.page.locator('.cl-formButtonPrimary').click();
    await mary.page.waitForFunction(() => window.Clerk.organization?.name === 'Acme');
    const addresses = mary.page.getByPlaceholder(/example@email.com/);
    await addresses.fill('john@example.com');
    await addresses.press('Enter');
    await mary.page.getByText('Select role').click();
    await mary.page.getByText('Member', { exact: true }).last().click();
    await mary.page.getByRole('button', { name: 'Send invitations' }).click();
    assert.match(await stage.mails.next('organization-invitation', 'john@example.com'), /ticket=/);

    await reload(mary.page);
    await mount(mary.page, 'OrganizationProfile', { routing: 'hash' });
    await mary.page.getByRole('button', { name: 'Members' }).click();
    await mary.page.getByText('mary@example.com').first().waitFor();
    await mary.page.getByRole('tab', { name: /Invitations/ }).click();
    await mary.page.getByText('john@example.com').first().waitFor();

    const john = await stage.signedIn('john');
    // It asks for suggestions too, of which there are none.
    const suggestions = john.page.waitForResponse((one) => one.url().includes('/v1/me/organization_suggestions'));
    await mount(john.page, 'OrganizationList');
    assert.deepEqual((await (await suggestions).json()).response, { data: [], total_count: 0 });
    await john.page.getByText('Acme').first().waitFor();
    await reload(john.page);
    await mount(john.page, 'OrganizationSwitcher');
    await john.page.click('.cl-organizationSwitcherTrigger');
    // A list that is rendered anew loses a click.
    for (let accepted = null; !accepted;) {
      const answer = john.page.waitForResponse((one) => one.url().includes('/accept'), { timeout: 3_000 }).catch(() => null);
      await john.page.getByRole('button', { name: 'Join' }).click();
      accepted = await answer;
    }
    await john.page.waitForFunction(async () => (await window.Clerk.user.getOrganizationMemberships()).total_count === 1);
    await reload(john.page);
    await mount(john.page, 'OrganizationSwitcher');
    await john.page.click('.cl-organizationSwitcherTrigger');
    await john.page.locator('.cl-organizationSwitcherPopoverCard').getByText('Acme').click();
    await john.page.waitForFunction(() => window.Clerk.organization?.name === 'Acme');
    const token = JSON.parse(Buffer.from((await john.page.evaluate(() => window.Clerk.session.getToken())).split('.')[1], 'base64url'));
    assert.equal(token.o.slg, 'acme');

    for (const one of [mary, john]) await one.leave();
  });
}
