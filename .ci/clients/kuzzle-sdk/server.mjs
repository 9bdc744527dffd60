// Starts the server under test: the real binary, a fresh data directory, a home
// of its own and none of the caller's KUZZLE_ variables.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const checkout = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const healthyWithin = 30_000;
const stoppedWithin = 15_000;
const mailedWithin = 60_000;

const scratch = mkdtempSync(path.join(os.tmpdir(), 'kuzzle-sdk-'));
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }));
// An interrupted run ends by way of 'exit', which also ends the servers.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

let builtBinary;

/** The binary to test: KUZZLE_BIN, or one built here from the checkout. */
function binary() {
  if (process.env.KUZZLE_BIN) return path.resolve(process.env.KUZZLE_BIN);
  if (!builtBinary) {
    builtBinary = path.join(scratch, 'kuzzle');
    execFileSync('go', ['build', '-o', builtBinary, './kuzzle'], { cwd: checkout, stdio: 'inherit' });
  }
  return builtBinary;
}

/** Whether servers store in Elasticsearch, which several of them can share. */
export const onCluster = process.env.KUZZLE_TEST_STORE === 'elasticsearch';

/** What has a server store in Elasticsearch, in indexes of its own, where
 * KUZZLE_TEST_STORE asks for it; its home makes the name of those. */
function store(home) {
  if (!onCluster) return {};
  return {
    KUZZLE_ELASTICSEARCH: process.env.KUZZLE_TEST_ELASTICSEARCH,
    KUZZLE_ELASTICSEARCH__PREFIX: `${path.basename(scratch)}-${path.basename(home)}-`.toLowerCase(),
    KUZZLE_MASTER_KEY: 'c0'.repeat(32),
  };
}

function mailing(url) {
  return url ? { KUZZLE_NOTIFY__MAIL: 'webhook', KUZZLE_NOTIFY__WEBHOOK__URL: url } : {};
}

/** A port of this machine that nobody uses. */
export async function freePort() {
  const probe = net.createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

function statusOf(port, urlPath) {
  return new Promise((resolve) => {
    http
      .get({ host: '127.0.0.1', port, path: urlPath, agent: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
      .on('error', () => resolve(0));
  });
}

/**
 * Takes the mails of servers, until the process ends.
 * @returns {Promise<{url: string, next: (kind: string, to: string) => Promise<string>}>}
 *   next gives the text of the next mail of a kind to somebody, which is waited for.
 */
export async function inbox() {
  const mails = [];
  const hook = http.createServer(async (request, answer) => {
    let body = '';
    for await (const part of request) body += part;
    mails.push(JSON.parse(body));
    answer.end();
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  hook.unref();
  return {
    url: `http://127.0.0.1:${hook.address().port}`,
    async next(kind, to) {
      for (const late = Date.now() + mailedWithin; Date.now() < late; await wait(20)) {
        const at = mails.findIndex((mail) => mail.kind === kind && mail.to === to);
        if (at >= 0) return mails.splice(at, 1)[0].text;
      }
      throw new Error(`no mail ${kind} came to ${to}`);
    },
  };
}

/**
 * Starts a server that is open to this machine until it has an administrator,
 * and waits until it is healthy.
 * @param {{name: string, home?: string, beside?: string, mail?: string, env?: object, port?: number, dev?: boolean}} options
 *   name labels the log; home is the `home` of an earlier server whose data is to be
 *   served again, beside that of one that runs, in a cluster; mail is the address
 *   that mails are posted to; env are further variables; port is one that is free; without dev
 *   the server is open to nobody.
 * @returns {Promise<{port: number, home: string, output: () => string, command: (...args: string[]) => string,
 *   stop: () => Promise<void>, kill: () => Promise<void>}>} output gives all
 *   that was printed so far; command runs a command over the server's data and gives what that prints; stop ends it the polite way and fails if it does
 *   not end by itself with code 0; kill is SIGKILL.
 */
export async function start({ name, home = mkdtempSync(path.join(scratch, `${name}-`)), beside = home, mail, env = {}, port, dev = true }) {
  port ??= await freePort();
  const logFile = path.join(home, 'output.log');
  mkdirSync(path.join(home, 'data'), { recursive: true });
  const log = openSync(logFile, 'a');
  const own = { cwd: home, env: { PATH: process.env.PATH, HOME: home, ...store(beside), ...mailing(mail), ...env } };
  const data = ['--data', path.join(home, 'data')];
  const child = spawn(binary(), ['serve', ...(dev ? ['--dev'] : []), '--listen', `127.0.0.1:${port}`, ...data], { ...own, stdio: ['ignore', log, log] });
  closeSync(log);
  const exited = once(child, 'exit');
  let startError;
  exited.catch((error) => {
    startError = error;
  });
  const output = () => readFileSync(logFile, 'utf8');
  const abort = () => child.kill('SIGKILL');
  process.once('exit', abort);
  child.once('exit', () => process.removeListener('exit', abort));

  const deadline = Date.now() + healthyWithin;
  while ((await statusOf(port, '/_healthcheck')) !== 200) {
    if (startError || child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      abort();
      throw new Error(`the server did not become healthy (${startError ?? 'see below'}); it printed:\n${output()}`);
    }
    await wait(20);
  }

  async function end(signal) {
    child.kill(signal);
    const timer = new AbortController();
    const late = wait(stoppedWithin, 'late', { signal: timer.signal }).catch(() => {});
    const outcome = await Promise.race([exited, late]);
    timer.abort();
    if (outcome === 'late') {
      abort();
      throw new Error(`the server ignored ${signal} for ${stoppedWithin} ms; it printed:\n${output()}`);
    }
    return outcome;
  }

  return {
    port,
    home,
    output,
    command: (...args) => execFileSync(binary(), [...args, ...data], { ...own, encoding: 'utf8' }),
    async stop() {
      const [code, signal] = await end('SIGTERM');
      if (code !== 0) throw new Error(`the server ended with ${code ?? signal}; it printed:\n${output()}`);
    },
    async kill() {
      await end('SIGKILL');
    },
  };
}
