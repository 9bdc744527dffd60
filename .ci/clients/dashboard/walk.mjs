// What each suite of walks has: a server, a browser, and windows in it.
import { after, before, it } from 'node:test';
import { start } from '../kuzzle-sdk/server.mjs';
import { admin, call, launch, open, signIn } from './browser.mjs';

/**
 * Starts a server and a browser before the tests of a suite, and stops them afterwards.
 * @param {string} name of the server
 * @param {{timeout?: number, prepare?: Function, stays?: boolean}} options prepare gets the page of
 *   the first administrator, who is made for it. With stays, that page stays open as root,
 *   also without prepare. Further options are the server's.
 * @returns the browser, the server, root, and ways to test in windows
 */
export function suite(name, { timeout = 120_000, prepare, stays = false, ...options } = {}) {
  const house = {
    /** Opens a window; options are those of open. */
    open: (options) => open(house.browser, house.server, options),
    /** Opens a window at a path, and signs in there as the administrator. */
    async enter(at, options) {
      const opened = await house.open({ at, ...options });
      await opened.page.getByLabel(options?.locale ? 'Benutzername' : 'User name').fill(admin.username);
      await opened.page.getByLabel(options?.locale ? 'Passwort' : 'Password').fill(admin.password);
      await opened.page.keyboard.press('Enter');
      return opened;
    },
    /** The window that stays open, as walk wants it. */
    stay: async () => house.root,
    /** Signs in at a path by the form, as somebody. */
    async enterAs(at, who) {
      const opened = await house.open({ at });
      await signIn(opened.page, who);
      return opened;
    },
    /** Tests in the window that opening resolves to. The browser must not have complained. */
    walk: (what, opening, work) => it(what, { timeout }, async () => {
      const opened = await opening();
      await work(opened.page, opened);
      opened.calm();
      if (opened !== house.root) await opened.close();
    }),
  };
  before(async () => {
    [house.browser, house.server] = await Promise.all([launch(), start({ name, ...options, env: { KUZZLE_LOGINS__FREE_FAILURES: '100', ...options.env } })]);
    if (!prepare && !stays) return;
    const opened = await house.open();
    await call(opened.page, 'security', 'createFirstAdmin', { _id: 'root', body: { content: { name: 'Root' }, credentials: { local: admin } } });
    await opened.page.reload();
    await signIn(opened.page);
    await opened.page.getByRole('heading', { name: 'Home' }).waitFor();
    if (stays) house.root = opened;
    await prepare?.(opened.page);
    if (!stays) await opened.close();
  }, { timeout });
  after(async () => {
    await house.browser?.close();
    await house.server?.stop();
  });
  return house;
}
