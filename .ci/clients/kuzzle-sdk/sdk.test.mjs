// Drives the built server with npm's kuzzle-sdk, over each of its protocols,
// through every method that its security, auth and server controllers have.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { connect, opens, protocols, withClient } from './client.mjs';
import { assertNoSecret, methodsOf, seen } from './record.mjs';
import { administration } from './scenarios/admin.mjs';
import { argumentsLeftOut, bootstrap, restrictDefaultRights } from './scenarios/bootstrap.mjs';
import { credentials, self } from './scenarios/credentials.mjs';
import { factors } from './scenarios/factors.mjs';
import { bannedElsewhere } from './scenarios/nodes.mjs';
import { profiles } from './scenarios/profiles.mjs';
import { reset } from './scenarios/reset.mjs';
import { rights } from './scenarios/rights.mjs';
import { roles } from './scenarios/roles.mjs';
import { search } from './scenarios/search.mjs';
import { serverInformation } from './scenarios/server.mjs';
import { noEnumeration, tokens } from './scenarios/tokens.mjs';
import { users } from './scenarios/users.mjs';
import { inbox, onCluster, start } from './server.mjs';

// Also ends a scenario whose request was never answered: the SDK waits for ever.
const slowest = { timeout: 120_000 };

// Each scenario makes what it needs, under ids of its own, as the administrator
// `boss`; only the first and the last change what the others stand on.
const asAdministrator = {
  roles,
  profiles,
  users,
  search,
  credentials,
  'one\'s own account': self,
  tokens,
  'second factors': factors,
  'a reset by mail': reset,
  ...(onCluster ? { 'a ban at another server': bannedElsewhere } : {}),
  rights,
  'server information': serverInformation,
  'arguments left out': argumentsLeftOut,
  'restricting the default rights': restrictDefaultRights,
  'no enumeration': noEnumeration,
};

for (const protocol of protocols) {
  describe(`kuzzle-sdk over ${protocol}`, () => {
    let server;
    const context = { protocol };

    it('a fresh server', slowest, async (t) => {
      context.mails = await inbox();
      server = await start({ name: protocol, mail: context.mails.url });
      context.port = server.port;
      context.home = server.home;
      context.token = await bootstrap(t, context);
    });

    for (const [name, scenario] of Object.entries(asAdministrator)) {
      it(name, slowest, (t) => {
        assert.ok(context.token, 'there is no administrator to go on with');
        return scenario(t, context);
      });
    }

    it('a restart keeps users and sessions', slowest, async () => {
      assert.ok(context.token, 'there is no administrator to go on with');
      await server.stop();
      server = await start({ name: protocol, home: server.home });
      context.port = server.port;
      assert.equal(await opens(context, context.token), true);
      await withClient(context, async ({ security }) => {
        assert.equal((await security.getUser('boss')).content.name, 'The Boss');
      });
    });

    it('administration', slowest, (t) => administration(t, context));

    it('every method was called, with success and without', slowest, async () => {
      const client = await connect({ ...context, token: undefined });
      try {
        for (const controller of ['security', 'auth', 'server']) {
          for (const method of methodsOf(client.kuzzle[controller])) {
            const outcomes = seen(protocol, controller, method);
            assert.ok(outcomes.has('fulfilled'), `${controller}.${method} never succeeded over ${protocol}`);
            const refusable = controller !== 'server' && method !== 'authenticateRequest';
            assert.ok(!refusable || outcomes.has('rejected'), `${controller}.${method} was never refused over ${protocol}`);
          }
        }
      } finally {
        client.close();
      }
    });

    it('the server stops when asked and has printed no secret', slowest, async () => {
      assert.ok(server, 'the server never started');
      await server.stop();
      assert.ok(server.output().length > 0, 'the server printed nothing at all');
      assertNoSecret(server.output(), 'the output of the server');
    });
  });
}
