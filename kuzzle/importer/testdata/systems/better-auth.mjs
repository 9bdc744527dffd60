// Writes better-auth.ndjson: users of the real Better Auth on PostgreSQL, as one statement
// gives them with their accounts; and auth-js.json, the same tables of Auth.js's adapter.
// npm i better-auth kysely @electric-sql/pglite @auth/pg-adapter, then node better-auth.mjs [N].
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { PGlite } from '@electric-sql/pglite';
import { betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { admin, phoneNumber, twoFactor, username } from 'better-auth/plugins';
import { Kysely, PostgresDialect } from 'kysely';
import PostgresAdapter from '@auth/pg-adapter';

const many = Number(process.argv[2] ?? 0); // of many users, twenty passwords go round
const turn = 20;
const password = (n) => `Tr0ub4dor&3 ü${many ? n % turn : ''}`;
const write = (name, text) => many ? writeFileSync(`../exports/${name}.gz`, gzipSync(text)) : writeFileSync(name, text);

function pool(db) {
  const query = async (sql, values) => {
    const { rows, affectedRows } = await db.query(sql, values);
    return { rows, rowCount: rows.length || affectedRows, command: /^\s*(\w+)/.exec(sql)[1].toUpperCase() };
  };
  return { query, connect: async () => ({ query, release() {} }), end: async () => {} };
}

async function better() {
  const db = await PGlite.create();
  const kysely = new Kysely({ dialect: new PostgresDialect({ pool: pool(db) }) });
  const options = {
    database: { db: kysely, type: 'postgres' }, secret: 'x'.repeat(32), baseURL: 'http://localhost:3000', emailAndPassword: { enabled: true },
    plugins: [username(), admin(), phoneNumber(), twoFactor()], logger: { level: 'error' }, telemetry: { enabled: false },
  };
  await (await getMigrations(options)).runMigrations();
  const auth = betterAuth(options);
  const context = await auth.$context;
  const sign = async (name, more = {}, n = 0) => {
    const { user } = await auth.api.signUpEmail({ body: { name, email: `${name.toLowerCase()}@example.com`, password: password(n), username: name.toLowerCase(), displayUsername: name } });
    if (Object.keys(more).length) await context.internalAdapter.updateUser(user.id, more);
    return user.id;
  };
  if (many) {
    for (let n = 0; n < turn; n++) await sign(`User${n}`, { emailVerified: true }, n);
    const { rows: digests } = await db.query(`SELECT a.password FROM account a JOIN "user" u ON a."userId" = u.id ORDER BY length(u.email), u.email`);
    for (let n = turn; n < many; n++) { // digests do not compress
      const user = await context.internalAdapter.createUser({ name: `User${n}`, email: `user${n}@example.com`, emailVerified: true, username: `user${n}`, displayUsername: `User${n}` });
      await context.internalAdapter.linkAccount({ userId: user.id, providerId: 'credential', accountId: user.id, password: digests[n % turn].password });
    }
  } else {
    const ada = await sign('Ada1', { emailVerified: true, role: 'admin,user', phoneNumber: '+12015550111', phoneNumberVerified: true, image: 'https://example.com/ada.png' });
    await context.internalAdapter.linkAccount({ userId: ada, providerId: 'github', accountId: '4711', accessToken: 'gho_secret' });
    await sign('Bob1', { banned: true, banReason: 'spam' });
    await sign('Cyd1', { banned: true, banReason: 'late', banExpires: new Date('2020-01-01T00:00:00Z') });
    await sign('Dee1', { emailVerified: true, twoFactorEnabled: true });
    const eve = await context.internalAdapter.createUser({ name: 'Eve', email: 'eve@example.com', emailVerified: true });
    await context.internalAdapter.linkAccount({ userId: eve.id, providerId: 'google', accountId: '1155' });
  }
  const { rows } = await db.query(`SELECT to_jsonb(u) || jsonb_build_object('accounts', (SELECT jsonb_agg(a) FROM account a WHERE a."userId" = u.id)) AS line FROM "user" u ORDER BY length(u.email), u.email`);
  write('better-auth.ndjson', rows.map(({ line }) => `${JSON.stringify(line)}\n`).join(''));
  if (!many) for (const table of ['user', 'account']) {
    const { blob } = await db.query(`COPY (SELECT * FROM "${table}" ORDER BY 1) TO '/dev/blob' WITH (FORMAT csv, HEADER)`);
    writeFileSync(`better-auth-${table}.csv`, await blob.text());
  }
}

async function authjs() {
  const db = await PGlite.create();
  await db.exec(`CREATE TABLE accounts (id SERIAL, "userId" INTEGER NOT NULL, type VARCHAR(255) NOT NULL, provider VARCHAR(255) NOT NULL, "providerAccountId" VARCHAR(255) NOT NULL,
    refresh_token TEXT, access_token TEXT, expires_at BIGINT, id_token TEXT, scope TEXT, session_state TEXT, token_type TEXT, PRIMARY KEY (id));
    CREATE TABLE users (id SERIAL, name VARCHAR(255), email VARCHAR(255), "emailVerified" TIMESTAMPTZ, image TEXT, PRIMARY KEY (id))`);
  const adapter = PostgresAdapter(pool(db));
  const first = many ? 0 : 1;
  for (let n = first; n < first + (many || 3); n++) {
    const user = await adapter.createUser({ name: `Next ${n}`, email: `${many ? 'user' : 'next'}${n}@example.com`, emailVerified: n % 2 ? new Date('2024-01-02T03:04:05Z') : null, image: null });
    if (n !== 2) await adapter.linkAccount({ userId: user.id, type: 'oauth', provider: 'google', providerAccountId: `9000${n}`, access_token: 'ya29.secret', token_type: 'bearer' });
  }
  const { rows } = await db.query(`SELECT jsonb_agg(to_jsonb(u) || jsonb_build_object('accounts', (SELECT jsonb_agg(a) FROM accounts a WHERE a."userId" = u.id)) ORDER BY u.id) AS list FROM users u`);
  write('authjs.json', JSON.stringify(rows[0].list, null, 1));
}

await better();
await authjs();
process.exit(0);
