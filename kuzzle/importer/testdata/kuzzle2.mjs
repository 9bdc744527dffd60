// Writes kuzzle2.json: the documents of a Kuzzle 2 server's own indexes, as its
// cluster holds them, with digests made by Node.js, as its local plugin makes
// them, and the passwords and tokens that have to work afterwards.
//
//     node kuzzle2.mjs > kuzzle2.json
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

const bits = { sha1: 40, sha224: 224, sha256: 256, sha384: 384, sha512: 512 };
const created = 1700000000000;
const info = { author: null, createdAt: created, updatedAt: null, updater: null };
const sum = (text) => createHash('sha256').update(text).digest('hex');

// The salts are not random so that the file stays the same.
function digest(password, { algorithm = 'sha512', stretching = true, encryption = 'hmac' } = {}) {
  const userSalt = createHash('sha512').update(`salt of ${password}`).digest('hex').repeat(2);
  let userPassword;
  if (stretching) {
    userPassword = pbkdf2Sync(password, userSalt, 10000, bits[algorithm], algorithm).toString('hex');
  } else if (encryption === 'hmac') {
    userPassword = createHmac(algorithm, userSalt).update(password).digest('hex');
  } else {
    userPassword = createHash(algorithm).update(`${userSalt}:${password}`).digest('hex');
  }
  return { userPassword, userSalt, algorithm, stretching, encryption, pepper: false };
}

const indexes = { roles: {}, profiles: {}, users: {}, credentials: {}, keys: {} };
const logins = {};
const tokens = {};

function user(kuid, content, username, password, options, more = {}) {
  indexes.users[kuid] = { ...content, _kuzzle_info: info };
  if (!username) return;
  indexes.credentials[username] = { kuid, ...digest(password, options), updater: kuid, passwordHistory: [digest(`old ${password}`)], _kuzzle_info: info, ...more };
  logins[username] = { kuid, password };
}

const base64url = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');

function key(id, userId, { description = '', expiresAt = -1, ttl = -1, legacy = false, works = true } = {}) {
  const body = `${base64url({ alg: 'HS256', typ: 'JWT' })}.${base64url({ _id: userId, iat: created / 1000, n: id })}`;
  const token = `kapikey-${body}.${createHmac('sha256', 'the seed of Kuzzle').update(body).digest('base64url')}`;
  indexes.keys[id] = { userId, description, expiresAt, ttl, ...(legacy ? { token } : { fingerprint: sum(token) }), _kuzzle_info: info };
  tokens[token] = works ? userId : '';
}

const all = { controllers: { '*': { actions: { '*': true } } } };
for (const id of ['admin', 'default', 'anonymous']) {
  indexes.roles[id] = { ...all, _kuzzle_info: info };
  indexes.profiles[id] = { policies: [{ roleId: id }], _kuzzle_info: info };
}
indexes.roles.reader = { tags: ['shop'], controllers: { document: { actions: { get: true, search: true } }, auth: { actions: { getCurrentUser: true } } }, _kuzzle_info: info };
indexes.profiles.readers = { policies: [{ roleId: 'reader', restrictedTo: [{ index: 'shop', collections: ['orders'] }] }, { roleId: 'default' }], rateLimit: 50, _kuzzle_info: info };

user('kuid-stretched', { profileIds: ['readers', 'default'], fullname: 'Ada Lovelace', age: 36 }, 'ada', 'enchantress of numbers');
user('kuid-sha1', { profileIds: ['default'] }, 'Grace.Hopper@example.com', 'nanoseconds', { algorithm: 'sha1' });
user('kuid-hmac', { profileIds: 'default', name: 'Alan' }, 'alan', 'bombe', { algorithm: 'sha256', stretching: false });
user('kuid-hash', { profileIds: ['default'] }, 'Édith', 'je ne regrette rien', { stretching: false, encryption: 'hash' });
user('ünïcode', { profileIds: ['default'] }, '+12015550199', 'téléphone');
user('3b241101-e2bb-4255-8caf-4136c566a962', { profileIds: ['admin'] }, 'root', 'toor');
user('kuid-nobody', { profileIds: ['default'], deep: { list: [1, { a: null }] } });
// A name of the same letters: here it would be the same name.
user('kuid-twin', { profileIds: ['default'] }, 'ADA', 'another');
delete logins.ADA;
// Renamed, and interrupted between the two writes.
user('kuid-renamed', { profileIds: ['default'] }, 'old-name', 'before');
user('kuid-renamed', { profileIds: ['default'] }, 'new-name', 'after', {}, { _kuzzle_info: { ...info, createdAt: created + 1 } });
delete logins['old-name'];
// The profile was deleted by hand.
user('kuid-orphaned', { profileIds: ['gone'] }, 'orphaned', 'x');
delete logins.orphaned;
indexes.credentials.ghost = { kuid: 'kuid-deleted', ...digest('boo'), _kuzzle_info: info };

key('never', 'kuid-stretched', { description: 'never expires' });
key('0123456789abcdef', 'kuid-stretched', { expiresAt: 4102444800000, ttl: 2402444800000 });
key('legacy', 'kuid-nobody', { legacy: true, ttl: '-1' });
key('expired', 'kuid-hmac', { expiresAt: created + 1000, ttl: 1000, works: false });
key('of-a-ghost', 'kuid-deleted', { works: false });

console.log(JSON.stringify({ indexes, logins, tokens }, null, 1));
