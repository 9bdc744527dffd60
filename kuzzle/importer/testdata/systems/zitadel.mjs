// Writes zitadel.json, the answer of the admin API's export, and zitadel-users.json, a list of
// the API, with Zitadel's own messages. npm i @zitadel/proto @bufbuild/protobuf bcryptjs, then
// node zitadel.mjs [N].
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { create, toJsonString } from '@bufbuild/protobuf';
import { ExportDataResponseSchema } from '@zitadel/proto/zitadel/admin_pb';
import { ListUsersResponseSchema } from '@zitadel/proto/zitadel/user/v2/user_service_pb';
import bcrypt from 'bcryptjs';

const many = Number(process.argv[2] ?? 0); // of many users, twenty passwords go round: their digests do not compress
const digests = Array.from({ length: 20 }, (_, n) => bcrypt.hashSync(`Tr0ub4dor&3 ü${many ? n : ''}`, 4));
const who = (n) => `${many ? 'user' : 'zita'}${n}`;
const human = (n, more = {}, state = 1) => ({
  userId: String(200000000000000000n + BigInt(n)), state,
  user: {
    userName: who(n), profile: { firstName: 'Zita', lastName: `Del ${n}`, displayName: `Zita Del ${n}`, nickName: 'Z', preferredLanguage: 'en', gender: 1 },
    email: { email: `${who(n)}@example.com`, isEmailVerified: many > 0 || n !== 2 }, hashedPassword: { value: digests[n % 20] }, ...more,
  },
});
const users = many ? Array.from({ length: many }, (_, n) => human(n)) : [
  human(1, { phone: { phone: '+12015550120', isPhoneVerified: true }, otpCode: 'JBSWY3DPEHPK3PXP', idps: [{ configId: '124425861423228496', externalUserId: '5550', displayName: 'x' }] }),
  human(2, { passwordChangeRequired: true }),
  human(3, {}, 2), human(4, {}, 4),
];
const file = create(ExportDataResponseSchema, { orgs: [
  { orgId: '104133391254874632', org: { name: 'ACME' }, humanUsers: users, machineUsers: [{ userId: '9', user: { userName: 'robot', name: 'Robot' } }], userMetadata: [{ userId: users[0].userId, key: 'plan', value: new TextEncoder().encode('pro') }] },
  { orgId: '104133391254874633', org: { name: 'Other' }, humanUsers: many ? [] : [human(5)] },
] });
const text = toJsonString(ExportDataResponseSchema, file, { prettySpaces: 1 });
if (many) {
  writeFileSync('../exports/zitadel.json.gz', gzipSync(text));
} else {
  writeFileSync('zitadel.json', text);
  const list = create(ListUsersResponseSchema, { details: { totalResult: 2n }, result: [
    { userId: '301', state: 1, username: 'list1', loginNames: ['list1@acme.example.com'], preferredLoginName: 'list1@acme.example.com', details: { creationDate: { seconds: 1700000000n } },
      type: { case: 'human', value: { profile: { givenName: 'Li', familyName: 'St', displayName: 'Li St' }, email: { email: 'list1@example.com', isVerified: true } } } },
    { userId: '302', state: 1, username: 'robot', type: { case: 'machine', value: { name: 'Robot' } } },
  ] });
  writeFileSync('zitadel-users.json', toJsonString(ListUsersResponseSchema, list, { prettySpaces: 1 }));
}
