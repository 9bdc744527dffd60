// One server, one browser and one application, which all walks through the vendor's components share.
import assert from 'node:assert/strict';
import { inbox } from '../kuzzle-sdk/server.mjs';
import { application, launch, open, signIn } from './harness.mjs';
import { instance, password } from './instance.mjs';

/** Starts them; name is the server's. */
export async function raise(name) {
  const mails = await inbox();
  const [browser, at] = await Promise.all([launch(), instance({ name, mail: mails.url })]);
  const app = await application({ key: at.key, proxy: at.url, components: true });

  /**
   * Opens the application in a browser of its own, and notes what that loads.
   * @returns {Promise<{page: object, context: object, loaded: string[], leave: (...refused: RegExp[]) => Promise<void>}>}
   *   leave ends it; no call may have been refused but those that are given, and none gone to another host.
   */
  async function visit() {
    const context = await browser.newContext();
    const loaded = [];
    const refused = [];
    context.on('request', (request) => loaded.push(request.url()));
    context.on('response', (answer) => {
      if (answer.status() >= 400 && answer.url().startsWith(at.url)) refused.push(`${answer.status()} ${answer.request().method()} ${answer.url()}`);
    });
    const { page, complaints } = await open(browser, app, at.hosts, context);
    return {
      page, context, loaded,
      async leave(...expected) {
        assert.deepEqual(refused.filter((one) => !expected.some((known) => known.test(one))), []);
        assert.deepEqual(complaints, []);
        await context.close();
      },
    };
  }

  return {
    at, mails, visit,
    /** Makes a user, by the Backend API. */
    make: (name) => at.clerk.users.createUser({ emailAddress: [`${name}@example.com`], password, firstName: name, lastName: 'Doe' }),
    /** Opens the application, signed in. */
    async signedIn(name) {
      const visitor = await visit();
      assert.equal(await signIn(visitor.page, `${name}@example.com`, password), 'complete');
      return visitor;
    },
    async stop() {
      await browser.close();
      await app.stop();
      await at.server.stop();
    },
  };
}

/** Shows a component, such as SignIn, at the end of a page. */
export const mount = (page, component, options) => page.evaluate(([component, options]) => {
  window.Clerk[`mount${component}`](document.body.appendChild(document.createElement('div')), options);
}, [component, options]);

/** Loads the page again, without components. */
export async function reload(page) {
  await page.reload();
  await page.waitForFunction(() => document.title === 'ready');
}
