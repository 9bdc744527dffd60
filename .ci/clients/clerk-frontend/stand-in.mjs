// A bare server in the place of an instance: it repeats recorded answers, and reads scripts from the same folder.
import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import http from 'node:http';
import path from 'node:path';

/** What of an answer belongs to its transport. */
const transport = ['connection', 'content-encoding', 'content-length', 'date', 'keep-alive', 'transfer-encoding'];
const keyOf = (method, url) => `${method} ${new URL(url, 'http://any').pathname}`;

/**
 * Notes the answers of an instance to a page.
 * @returns {() => Promise<Map<string, object>>} gives what was noted; of scripts it has no content.
 */
export function record(page, instance) {
  const noted = [];
  page.on('response', (answer) => {
    if (!answer.url().startsWith(instance)) return;
    noted.push((async () => {
      const all = await answer.allHeaders();
      const headers = Object.fromEntries(Object.entries(all).filter(([name]) => !transport.includes(name) && !name.startsWith(':')));
      const empty = answer.status() >= 300 || answer.url().includes('/npm/');
      return [keyOf(answer.request().method(), answer.url()), { status: answer.status(), headers, body: empty ? null : await answer.body() }];
    })());
  });
  // The first answer counts: later ones may come from the browser's cache.
  return async () => new Map((await Promise.all(noted)).reverse());
}

/** Serves recorded answers, and the scripts of a folder of installed packages. */
export async function standIn(answers, folder) {
  const server = http.createServer((request, answer) => {
    request.resume();
    const found = answers.get(keyOf(request.method, request.url));
    if (!found) {
      answer.writeHead(404).end();
      return;
    }
    // The pages of the stand-in have an origin of their own.
    const headers = { ...found.headers, 'access-control-allow-origin': request.headers.origin ?? '*' };
    if (found.body || found.status !== 200) {
      answer.writeHead(found.status, headers).end(found.body ?? undefined);
      return;
    }
    answer.writeHead(200, headers);
    createReadStream(path.join(folder, new URL(request.url, 'http://any').pathname)).pipe(answer);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}`,
    key: `pk_test_${Buffer.from(`127.0.0.1:${port}/kuzzle.clerk.accounts.dev$`).toString('base64')}`,
    stop: () => new Promise((done) => { server.close(done); server.closeAllConnections(); }),
  };
}
