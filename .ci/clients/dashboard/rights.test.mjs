// Profiles and roles: who gains and loses what is told before it is saved.
import assert from 'node:assert/strict';
import { describe } from 'node:test';
import { accessible, call, picture } from './browser.mjs';
import { suite } from './walk.mjs';

describe('profiles and roles', () => {
  const { enter, walk } = suite('rights', {
    async prepare(page) {
      for (const username of ['ada', '<b>bob</b>']) {
        await call(page, 'security', 'createUser', { _id: `kuid-${username.length}`, body: { content: { profileIds: ['default'] }, credentials: { local: { username, password: 'long enough 1' } } } });
      }
    },
  });

  walk('a role shows who gains and who loses what, and only then is it saved', () => enter('/rights'), async (page) => {
    await page.getByRole('heading', { name: 'Roles', exact: true }).waitFor();
    await picture(page, 'rights');
    await page.getByRole('region', { name: 'Roles' }).getByRole('link', { name: 'default' }).click();
    await page.getByRole('heading', { name: 'Role default' }).waitFor();
    await page.getByLabel('Find an action').fill('now');
    await page.getByRole('checkbox', { name: 'now' }).check();
    await page.getByLabel('Find an action').fill('updateSelf');
    await page.getByRole('checkbox', { name: 'updateSelf', exact: true }).uncheck();
    await picture(page, 'role');
    await page.getByRole('button', { name: 'Review and save' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('2 gain').waitFor();
    await dialog.getByText('2 lose').waitFor();
    await dialog.getByText('server:now').waitFor();
    await dialog.getByText('auth:updateSelf').waitFor();
    await dialog.getByText('<b>bob</b>').waitFor();
    await picture(page, 'role-difference');
    const before = await call(page, 'security', 'getRole', { _id: 'default' });
    assert.equal(before._source.controllers.server.actions.now, undefined, 'nothing is written yet');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'Profiles and roles' }).waitFor();
    const now = (await call(page, 'security', 'getRole', { _id: 'default' }))._source.controllers;
    assert.equal(now.server.actions.now, true);
    assert.equal(now.auth.actions.updateSelf, undefined);
    assert.equal(now.auth.actions.login, true);
  });

  walk('a second administrator hears of the first one’s change', () => enter('/rights/roles/anonymous'), async (page) => {
    await page.getByRole('heading', { name: 'Role anonymous' }).waitFor();
    await page.getByLabel('Find an action').fill('server:now');
    await page.getByRole('checkbox', { name: 'now' }).check();
    const { controllers } = (await call(page, 'security', 'getRole', { _id: 'anonymous' }))._source;
    await call(page, 'security', 'createOrReplaceRole', { _id: 'anonymous', body: { controllers: { ...controllers, digest: { actions: { identify: true } } } } });
    await page.getByRole('button', { name: 'Review and save' }).click();
    await page.getByRole('alert').filter({ hasText: 'Somebody changed it' }).waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  walk('a profile is made, its name refused where it is taken, and deleted', () => enter('/rights/new-profile'), async (page) => {
    await page.getByRole('heading', { name: 'New profile' }).waitFor(); // the form to sign in has a name as well
    await page.getByLabel('Name').fill('default');
    await page.getByRole('button', { name: 'Add a role' }).click();
    await page.getByLabel('Role').selectOption('default');
    await page.getByLabel('Rate limit').fill('25');
    await page.getByRole('button', { name: 'Review and save' }).click();
    await page.getByRole('alert').filter({ hasText: 'already' }).waitFor();
    assert.equal(await page.getByLabel('Name').getAttribute('aria-invalid'), 'true');
    await page.getByLabel('Name').fill('readers');
    await picture(page, 'profile');
    await page.getByRole('button', { name: 'Review and save' }).click();
    await page.getByRole('dialog').getByText('nobody holds it').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByRole('region', { name: 'Profiles' }).getByText('25 a second').waitFor();
    assert.deepEqual((await call(page, 'security', 'getProfile', { _id: 'readers' }))._source.policies, [{ roleId: 'default' }]);
    await call(page, 'security', 'createUser', { _id: 'reader', body: { content: { profileIds: ['readers'] }, credentials: { local: { username: 'eve', password: 'long enough 1' } } } });
    await page.getByRole('button', { name: 'More for readers' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByText('eve').waitFor();
    await accessible(page, 'deleting a profile');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('“readers” is deleted.').waitFor();
  });

  walk('in German', () => enter('/rights/roles/admin', { locale: 'de-DE' }), async (page) => {
    await page.getByRole('heading', { name: 'Rolle admin' }).waitFor();
    assert.ok(await page.getByLabel('Alle Aktionen, auch künftige').isChecked());
  });
});
