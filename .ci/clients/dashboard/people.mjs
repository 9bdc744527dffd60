// Users such as a large instance has, as a file to import.
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';

const given = `Ada Grace Linus Margaret Donald Barbara Edsger Frances John Radia Alan Annie Tim Karen Ken Sophie Dennis Hedy Niklaus Mary
Jürgen Chloé Søren Zoë Łukasz Ñusta Øystein Anaïs Björn Žofia Mehmet Ayşe Dmitri Наталья Ελένη 美咲 محمد שרה Nguyễn Siobhán`.split(/\s+/);
const family = `Lovelace Hopper Torvalds Hamilton Knuth Liskov Dijkstra Allen Backus Perlman Turing Easley Lee Jones Thompson Wilson Ritchie Lamarr
Wirth Jackson Müller Dubois Sørensen O'Brien Kowalski García Hansen Lefèvre Lindqvist Novák Yılmaz Demir Ivanov Соколова Παπαδοπούλου 佐藤 الحسن לוי Trần Murphy`.split(/\s+/);
const domains = ['example.com', 'example.org', 'mail.example.net', 'post.example', 'acme.test', 'students.example.edu'];
const plain = (name, other) => name.normalize('NFKD').replace(/[^A-Za-z]/g, '').toLowerCase() || other;

/** Formats of digests: how many of a thousand users have one, and what a file has for it. */
export const digests = {
  bcrypt: { of: 420, passwordDigest: '$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG' },
  argon2id: { of: 380, passwordDigest: '$argon2id$v=19$m=4096,t=3,p=1$zyuZsBf49l12QVxeSEz4Aw$TmhKugXNQGJxZbJHQPE1wVyK1sAg7bBw4e38QfA26BA' },
  pbkdf2_sha256_django: { of: 80, passwordDigest: 'pbkdf2_sha256$1000$H0dPx8NeajVu$MPBMELGDJjfcXSGzfKcU2Y4CRMV5TkBSawXe9jh3Ybs=' },
  sha512_crypt: { of: 40, passwordDigest: '$6$3OIsv3obuwcPwdN3$bCgpuR2qG/HSfgUYgiia2etjJ8LEtldJKgBYc9FbBySATSEfqXrkUmXoBFFMA7hmKZA5wAJY58Ouyal.9udGE1' },
  scrypt_werkzeug: { of: 40, passwordDigest: 'scrypt:32768:8:1$Lm3QwVbzXcJk9TfA$ee59f6488c12a8cff987a355ba20322461248ef02a2729d6323fd4285a390d05e7132cce05d069fde293f486cb4c3793ae015d8de0c7c2ec077871b2d1e15d7a' },
};

/** Profiles besides the default one: of a thousand users so many. */
export const profiles = { former: 0, support: 5, partner: 60, auditor: 1 };

const begin = Date.UTC(2018, 0, 1);

/**
 * The nth of all users. The older half left: they have a profile of their own and bcrypt
 * digests, so that whoever looks for them has to get by all the others.
 */
function person(n, all) {
  const shuffled = (n * 48271 + 11) % 1_000_003;
  const first = given[shuffled % given.length];
  const last = family[Math.floor(shuffled / given.length) % family.length];
  const older = n < all / 2;
  const dice = shuffled % 1000;
  const name = `${plain(first, 'user')}.${plain(last, 'person')}${n}`;
  const created = begin + Math.floor(((Date.now() - begin) / all) * n);
  const one = {
    id: n,
    username: dice % 3 === 0 ? undefined : name,
    emails: [{ value: `${name}@${domains[shuffled % domains.length]}`, verified: dice % 10 !== 0 }],
    phone: dice % 4 === 0 ? `+49151${String(10_000_000 + n)}` : undefined,
    accountDetails: { firstName: first, lastName: last },
    content: { name: `${first} ${last}`, city: ['Oslo', 'Rome', 'Lyon', 'Köln'][n % 4] },
    createdAt: new Date(created).toISOString(),
    lastSignInAt: dice % 5 === 0 ? undefined : new Date(created + ((Date.now() - created) * (shuffled % 997)) / 997).toISOString(),
  };
  let share = older ? 0 : shuffled % 1000;
  for (const [passwordHasher, { of, passwordDigest }] of Object.entries(digests)) {
    if ((share -= of) < 0) {
      Object.assign(one, { passwordDigest, passwordHasher });
      break;
    }
  }
  share = Math.floor(shuffled / 7) % 1000;
  one.profiles = ['default'];
  for (const [profile, many] of Object.entries(profiles)) if ((share -= many) < 0 && (share = Infinity)) one.profiles = [profile];
  if (older && one.profiles[0] === 'default') one.profiles = ['former'];
  if (dice === 7) one.bannedAt = new Date(created + 86_400_000).toISOString();
  if (dice === 11) one.lockedAt = new Date(created + 86_400_000).toISOString();
  if (dice >= 20 && dice < 50) one.credentials = { totp: { secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP' } };
  return one;
}

/** Writes so many users to a file of JSON lines. */
export async function write(file, users) {
  const out = createWriteStream(file);
  for (let n = 0; n < users; n++) if (!out.write(`${JSON.stringify(person(n, users))}\n`)) await once(out, 'drain');
  out.end();
  await once(out, 'finish');
}
