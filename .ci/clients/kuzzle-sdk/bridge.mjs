// Sends requests with npm's kuzzle-sdk for another program, one for each line of the
// input: {number, protocol, port, call, token, body}. Each answer is a line of the
// output: {number, status, id, result}, or {number, lost} where none came.
import readline from 'node:readline';
import { connect } from './client.mjs';

const reset = 'kuzzle-plugin-auth-passport-local/password';
const post = { verb: 'POST' };

// What a call, "METHOD path", is to the SDK. A login by query, since auth.login refuses
// a challenge.
const calls = [
  [/^POST \/_login\/([\w-]+)$/, ({ result }, body, strategy) => result('auth', 'login', { strategy, body }, post)],
  [/^POST \/users\/([\w-]+)\/_create$/, ({ security }, body, id) => security.createUser(id, body)],
  [/^POST \/users\/([\w-]+)\/_ban$/, ({ result }, _, id) => result('security', 'banUser', { _id: id })],
  [/^GET \/credentials\/([\w-]+)\/([\w-]+)$/, ({ security }, _, strategy, id) => security.getCredentials(strategy, id)],
  [/^GET \/_me$/, ({ auth }) => auth.getCurrentUser()],
  [/^POST \/_me\/totp\/_enrol$/, ({ result }) => result('totp', 'enrol')],
  [/^POST \/_me\/backup-codes\/_draw$/, ({ result }) => result('backup-code', 'draw')],
  [/^POST \/_me\/credentials\/([\w-]+)\/_create$/, ({ auth }, body, strategy) => auth.createMyCredentials(strategy, body)],
  [/^POST \/_me\/factors\/([\w-]+)\/_prove$/, ({ result }, body, strategy) => result('auth', 'proveFactor', { strategy, body })],
  [/^DELETE \/_me\/credentials\/([\w-]+)$/, ({ auth }, _, strategy) => auth.deleteMyCredentials(strategy)],
  [/^POST \/_\/password\/(\w+)$/, ({ result }, body, action) => result(reset, action, { body }, post)],
];

async function send(client, call, body) {
  for (const [shape, run] of calls) {
    const found = call.match(shape);
    if (found) return run({ ...client, result: client.result.bind(client) }, body, ...found.slice(1));
  }
  throw new Error(`no call of the SDK is ${call}`);
}

async function answer({ call, body, ...options }) {
  let client;
  try {
    client = await connect(options);
    // The SDK waits for ever for the answer of a connection that has ended.
    const ended = new Promise((_, lost) => {
      client.kuzzle.once('disconnected', () => lost(new Error('the connection ended')));
    });
    ended.catch(() => {});
    return { status: 200, result: await Promise.race([send(client, call, body), ended]) };
  } catch (error) {
    if (Number.isInteger(error.status) && error.id) return { status: error.status, id: error.id };
    return { lost: String(error.message) };
  } finally {
    client?.close();
  }
}

for await (const line of readline.createInterface({ input: process.stdin })) {
  const { number, ...request } = JSON.parse(line);
  answer(request).then((got) => console.log(JSON.stringify({ number, ...got })));
}
process.exit(0);
