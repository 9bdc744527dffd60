// Writes what mongoexport gives of the collections of passport-local-mongoose and Parse Server,
// whose own code makes the documents, and of Meteor's users.
// npm i bson mongoose passport-local-mongoose parse-server bcryptjs, then node mongo.mjs [N].
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import bcrypt from 'bcryptjs';
import { EJSON, ObjectId } from 'bson';
import mongoose from 'mongoose';
import passportLocalMongoose from 'passport-local-mongoose';

const require = createRequire(import.meta.url);
const many = Number(process.argv[2] ?? 0); // of many users, twenty passwords go round: their digests do not compress
const turn = 20, first = many ? 0 : 1, last = many ? many - 1 : 3;
const password = (n) => `Tr0ub4dor&3 ü${many ? n % turn : ''}`;
const who = (name, n) => `${many ? 'user' : name}${n}`;
const made = new Map();
const once = (kind, n, make) => {
  const key = `${kind}${many ? n % turn : n}`;
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
};
const at = new Date('2024-01-02T03:04:05Z');
const id = (n) => new ObjectId(`65a${String(n).padStart(21, '0')}`);
const text = 'abcdefghijklmnopqrstuvwxyz'.repeat(2).slice(0, 17);
const lines = (documents, options) => documents.map((document) => `${EJSON.stringify(document, options)}\n`).join('');
const write = (name, content) => (many ? writeFileSync(`../exports/${name}.gz`, gzipSync(content)) : writeFileSync(name, content));

// A model of an application.
const schema = new mongoose.Schema({ email: String, role: String, isVerified: Boolean, city: String }, { timestamps: true });
schema.plugin(passportLocalMongoose.default ?? passportLocalMongoose);
const Person = mongoose.model('Person', schema);
const people = [];
for (let n = first; n <= last; n++) {
  const person = new Person({ _id: id(n), username: who('pass', n), email: `${who('pass', n)}@example.com`, role: 'editor', isVerified: many > 0 || n !== 2, city: 'Rome', createdAt: at, updatedAt: at });
  if (n >= turn) person.set({ hash: people[n % turn].hash, salt: people[n % turn].salt });
  else if (n !== 3 || many) await person.setPassword(password(n));
  people.push({ ...person.toBSON(), __v: 0 });
}
write('mongodb.ndjson', lines(people)); // mongoexport's relaxed form
const own = { _id: id(9), name: 'Olga Own', email: 'olga@example.com', password: bcrypt.hashSync(password(9), 4), createdAt: at, logins: { $numberLong: '3' } };
if (!many) writeFileSync('mongodb-canonical.json', EJSON.stringify([{ ...own, logins: 3 }], null, 1, { relaxed: false })); // mongoexport --jsonArray --jsonFormat=canonical

// Parse Server.
const { parseObjectToMongoObjectForCreate } = require('parse-server/lib/Adapters/Storage/Mongo/MongoTransform');
const { hash } = require('parse-server/lib/password');
const fields = { username: { type: 'String' }, email: { type: 'String' }, emailVerified: { type: 'Boolean' }, authData: { type: 'Object' }, city: { type: 'String' }, createdAt: { type: 'Date' }, updatedAt: { type: 'Date' } };
const parsed = [];
for (let n = first; n <= last; n++) {
  const digest = n === 1 ? await hash(password(n)) : once('parse', n, () => bcrypt.hashSync(password(n), 4));
  const without = n === 3 && !many;
  parsed.push(parseObjectToMongoObjectForCreate('_User', {
    objectId: `parse${String(n).padStart(5, '0')}`, username: who('parse', n), email: `${who('parse', n)}@example.com`, emailVerified: many > 0 || n % 2 === 1, city: 'Oslo',
    createdAt: { __type: 'Date', iso: at.toISOString() }, updatedAt: { __type: 'Date', iso: at.toISOString() }, _hashed_password: without ? undefined : digest,
    ...(without ? { _auth_data_google: { id: '88003', access_token: 'ya29.secret' } } : {}),
    _rperm: ['*'], _wperm: [`parse${String(n).padStart(5, '0')}`],
  }, { fields }));
}
write('parse.ndjson', lines(parsed));

// Meteor hashes the SHA-256 of the password.
const meteor = [];
for (let n = first; n <= last; n++) {
  const sum = createHash('sha256').update(password(n)).digest('hex');
  const services = n === 3 && !many ? { google: { id: '77003', accessToken: 'ya29.secret', email: 'm3@gmail.com' } }
    : { password: { bcrypt: once('meteor', n, () => bcrypt.hashSync(sum, 4)) }, resume: { loginTokens: [{ when: at, hashedToken: 'x=' }] } };
  if (n === 2 && !many) services.twoFactorAuthentication = { secret: 'JBSWY3DPEHPK3PXP', type: 'otp' };
  meteor.push({ _id: `${text.slice(0, 12)}${String(n).padStart(5, '0')}`, createdAt: at, services, username: who('meteor', n), emails: [{ address: `${who('meteor', n)}@example.com`, verified: many > 0 || n !== 2 }], profile: { name: `Meteor ${n}`, city: 'Bern' } });
}
write('meteor.ndjson', lines(meteor));
process.exit(0);
