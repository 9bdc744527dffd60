// The vendor's components, loaded from the server's own packages as kuzzle clerk install has them.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { enter } from './harness.mjs';
import { password, slowest } from './instance.mjs';
import { organizations } from './organization-components.mjs';
import { mount, raise } from './stage.mjs';
import { userProfile } from './user-profile.mjs';

describe('components from the server', () => {
  const stage = {};

  before(async () => { Object.assign(stage, await raise('components')); }, slowest);
  after(() => stage.stop?.());

  it('SignIn signs in by a password, and no other host is asked', slowest, async () => {
    assert.match(stage.at.installed, /^@clerk\/clerk-js@6\.40\.0 is installed\n@clerk\/ui@1\.36\.0 is installed\n$/);
    assert.equal(stage.at.server.command('clerk', 'packages'), '@clerk/clerk-js@6.40.0\n@clerk/ui@1.36.0\n');
    await stage.make('jane');
    const { page, loaded, leave } = await stage.visit();
    await mount(page, 'SignIn', { routing: 'hash' });
    await enter(page, 'identifier', 'jane@example.com');
    await enter(page, 'password', password);
    await page.waitForFunction(() => window.Clerk?.user?.firstName === 'jane');
    const scripts = loaded.filter((url) => url.endsWith('.js'));
    assert.ok(scripts.some((url) => url.includes('/npm/@clerk/ui@1.36.0/dist/')), scripts.join('\n'));
    assert.ok(scripts.every((url) => url.includes('/npm/@clerk/')), scripts.join('\n'));
    await leave();
  });

  userProfile(stage);
  organizations(stage);
});
