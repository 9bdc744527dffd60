// An application of npm's @clerk/express whose page is one of @clerk/react, with scripts from the server.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { serve } from './application.mjs';
import { launch, open, signIn } from './harness.mjs';
import { instance, password, script, slowest } from './instance.mjs';

describe('Express and React', () => {
  let browser;
  let at;
  let app;

  before(async () => {
    [browser, at] = await Promise.all([launch(), instance({ name: 'express' })]);
    app = await serve({
      env: at.variables,
      options: {
        ...at.options,
        __internal_clerkJSUrl: script(at.url, '@clerk/clerk-js@6/dist/clerk.browser.js'), __internal_clerkUIUrl: script(at.url, '@clerk/ui@1/dist/ui.browser.js'),
      },
    });
    await at.clerk.users.createUser({ emailAddress: ['jane@example.com'], password, firstName: 'Jane' });
  }, slowest);
  after(async () => {
    await browser?.close();
    app?.stop();
    await at?.server.stop();
  });

  it('hooks and the middleware know the user, also by a handshake without a session cookie', slowest, async () => {
    const { page, context, complaints } = await open(browser, app, at.hosts);
    assert.equal(await page.textContent('#name'), 'nobody');
    assert.equal(await signIn(page, 'jane@example.com', password), 'complete');
    await page.waitForFunction(() => document.getElementById('name').textContent === 'Jane');
    const id = await page.evaluate(() => window.Clerk.user.id);
    await page.goto(`${app.url}/me`);
    assert.equal(await page.textContent('#me'), id);

    await context.clearCookies({ name: /^__session/ });
    const asked = [];
    page.on('request', (request) => asked.push(new URL(request.url()).pathname));
    await page.goto(`${app.url}/me`);
    assert.equal(await page.textContent('#me'), id);
    assert.equal(asked.filter((one) => one.endsWith('/v1/client/handshake')).length, 1, asked.join('\n'));
    assert.deepEqual(complaints, []);
    await context.close();
  });
});
