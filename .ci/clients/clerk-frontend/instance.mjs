// A server for applications of the vendor's packages, with the scripts that kuzzle clerk install fetches.
import { createClerkClient } from '@clerk/backend';
import { freePort, start } from '../kuzzle-sdk/server.mjs';

process.env.CLERK_TELEMETRY_DISABLED = '1';
export const secretKey = 'sk_test_only_for_the_tests_of_browsers';
export const password = 'my-secure-password';
export const slowest = { timeout: 180_000 };

/**
 * Starts a server of a development instance, and installs packages.
 * @param {{name: string, packages?: string[], mail?: string, env?: object}} options name, mail and env are those
 *   of start; packages are those to install, by default the newest known ones.
 * @returns {Promise<{server: object, url: string, hosts: string[], key: string, installed: string, clerk: object,
 *   variables: object, options: object}>} key is its publishable key; installed is what the installation printed; clerk is a client
 *   of the Backend API; variables and options are what points an application of the vendor's packages for
 *   Node and for React to it.
 */
export async function instance({ name, packages = [], mail, env = {} }) {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const registry = process.env.npm_config_registry;
  const server = await start({
    name, port, mail, env: { KUZZLE_CLERK_SECRET_KEY: secretKey, KUZZLE_CLERK_RATE_LIMIT: 'off', ...(registry && { npm_config_registry: registry }), ...env },
  });
  try {
    const installed = server.command('clerk', 'install', ...packages);
    const { test: key } = JSON.parse(server.command('key', 'publishable', '--json', '--listen', `127.0.0.1:${port}`));
    return {
      server, url, hosts: [`127.0.0.1:${port}`], key, installed, clerk: createClerkClient({ secretKey, apiUrl: url }),
      variables: { CLERK_PUBLISHABLE_KEY: key, CLERK_SECRET_KEY: secretKey, CLERK_API_URL: url, CLERK_PROXY_URL: url },
      options: { publishableKey: key, proxyUrl: url, telemetry: false },
    };
  } catch (error) {
    await server.kill();
    throw error;
  }
}

/** The address of a script of an installed package, such as @clerk/ui@1/dist/ui.browser.js. */
export const script = (url, file) => `${url}/npm/${file}`;
