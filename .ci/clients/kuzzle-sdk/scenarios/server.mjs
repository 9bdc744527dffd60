// The server controller, as far as clients need it.
import assert from 'node:assert/strict';
import { withClient } from '../client.mjs';
import { assertNoSecret } from '../record.mjs';

export async function serverInformation(t, context) {
  await withClient(context, async (client) => {
    const { server, kuzzle } = client;
    await t.test('now and adminExists', async () => {
      assert.ok(Math.abs((await server.now()) - Date.now()) < 60_000);
      assert.equal(await server.adminExists(), true);
    });
    await t.test('info', async () => {
      const { serverInfo } = await server.info();
      assert.match(serverInfo.kuzzle.version, /^\d+\.\d+\.\d+/);
      assert.equal(serverInfo.kuzzle.api.routes.auth.login.action, 'login');
      assert.equal(typeof serverInfo.services, 'object');
    });
    await t.test('capabilities', async () => {
      const capabilities = await server.capabilities();
      assert.deepEqual([typeof capabilities.limits, typeof capabilities.version], ['object', 'string']);
      assert.equal(capabilities.routes.security.createUser.controller, 'security');
    });
    await t.test('getConfig tells no secret', async () => {
      const config = await server.getConfig();
      assert.equal(config.security, undefined);
      assert.equal(typeof config.limits, 'object');
      assertNoSecret(JSON.stringify(config), 'server:getConfig');
    });
    await t.test('statistics', async () => {
      const last = await server.getLastStats();
      assert.deepEqual([typeof last.timestamp, typeof last.completedRequests], ['number', 'object']);
      for (const stats of [await server.getAllStats(), await server.getStats(0, Date.now() + 60_000)]) {
        assert.ok(Array.isArray(stats.hits));
        assert.equal(stats.total, stats.hits.length);
      }
    });
    await t.test('publicApi names every action with its routes', async () => {
      const api = await client.result('server', 'publicApi');
      const { http, ...login } = api.auth.login;
      assert.deepEqual(login, { action: 'login', controller: 'auth' });
      assert.deepEqual(http, [
        { path: '/_login/:strategy', url: '/_login/:strategy', verb: 'GET' },
        { path: '/_login/:strategy', url: '/_login/:strategy', verb: 'POST' },
      ]);
    });
    await t.test('healthCheck and metrics', async () => {
      const health = await client.result('server', 'healthCheck');
      assert.equal(health.status, 'green');
      assert.equal(health.services.storageEngine, 'green');
      const metrics = await client.result('server', 'metrics');
      assert.equal(typeof metrics.api.concurrentRequests, 'number');
      assert.equal(typeof metrics.network.connections, 'object');
    });
    await t.test('openapi is the bare document', async () => {
      const document = await kuzzle.query({ controller: 'server', action: 'openapi' });
      assert.equal(document.status, undefined);
      assert.ok(document.paths['/users/{_id}'].get.parameters.length > 0);
    });
    await t.test('volatile data comes back', async () => {
      const answer = await client.send('server', 'now', { volatile: { mine: 'ö' } });
      assert.equal(answer.volatile.mine, 'ö');
      assert.match(answer.volatile.sdkName, /^js@7\./);
    });
  });
}
