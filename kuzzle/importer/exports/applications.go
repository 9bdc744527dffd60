package exports

// applications has a row for each application, framework and directory, in any order.
var applications = []Export{
	{
		System: "Appwrite", Format: "appwrite",
		Files: []string{"GET /v1/users with an API key, or appwrite users list --json"},
		Known: "$id beside hashOptions or emailVerification",
		Comes: "addresses and whether they are verified, names, digests (argon2, bcrypt, scrypt, Firebase's scrypt, md5, phpass, SHA-1 and SHA-2 where the version is named), preferences (unsafe metadata), labels by --profile-map, disabled",
		Stays: "digests of SHA-3, or of a SHA that the file does not name; second factors and accounts at providers (the API of users has neither)",
	},
	{
		System: "Auth.js (NextAuth)", Format: "authjs",
		Files: []string{
			`the table of users with its accounts in each row: psql -Atc 'SELECT to_jsonb(u) || jsonb_build_object($$accounts$$, (SELECT jsonb_agg(a) FROM accounts a WHERE a."userId" = u.id)) FROM users u' >users.ndjson, or prisma.user.findMany({include: {accounts: true}}) as JSON`,
		},
		Known: "emailVerified beside accounts, without createdAt",
		Comes: "addresses and whether they are verified, names, pictures, accounts at providers, digests in a column of the application's own",
		Stays: "passwords (Auth.js has none); tokens of providers; sessions and authenticators",
	},
	{
		System: "Better Auth", Format: "better-auth",
		Files: []string{
			`the table user with its accounts in each row: psql -Atc 'SELECT to_jsonb(u) || jsonb_build_object($$accounts$$, (SELECT jsonb_agg(a) FROM account a WHERE a."userId" = u.id)) FROM "user" u' >users.ndjson, or prisma.user.findMany({include: {accounts: true}}) as JSON`,
		},
		Known: "emailVerified beside accounts and createdAt",
		Comes: "user names, addresses and whether they are verified, names, pictures, digests (scrypt; bcrypt and argon2 of hashers of one's own), accounts at providers, roles by --profile-map, bans and their ends",
		Stays: "two-factor secrets and backup codes (they are encrypted with the application's secret), passkeys (they belong to its host name), tokens of providers",
	},
	{
		System: "Devise (Rails)", Format: "devise",
		Files: []string{`rows of users as CSV, JSON or a dump: psql -c '\copy users TO users.csv CSV HEADER', sqlite3 -csv -header, mysqldump; User.to_json leaves the digests out`},
		Known: "encrypted_password beside reset_password_token, remember_created_at, confirmation_token or sign_in_count",
		Comes: "user names, addresses and whether they are confirmed, digests, an account at a provider in provider and uid, locked, and by --map any column",
		Stays: "one-time passwords (Rails encrypts their secrets); an address that waits for its confirmation comes unverified; digests with a pepper of Devise's need its description by --digest",
	},
	{
		System: "FusionAuth", Format: "fusionauth",
		Files: []string{"users as the import API takes them, and as the search API returns them (JSON)"},
		Known: "encryptionScheme; tenantId beside insertInstant; registrations",
		Comes: "user names, addresses and whether they are verified, names, digests (bcrypt, salted-pbkdf2), data (private metadata), roles of registrations by --profile-map, authenticator apps, recovery codes, inactive, expired, a required change of the password",
		Stays: "digests in the search API's users (it gives none: they are in the table identities); salted-md5, salted-sha256, salted-hmac-sha256 and phpass (their forms are FusionAuth's own); factors by mail or SMS",
	},
	{
		System: "Google Workspace", Format: "google-workspace",
		Files: []string{"the Admin console's CSV (Directory, Users, Download users)"},
		Known: "Org Unit Path [Required]",
		Comes: "addresses, names, recovery addresses (unverified), the organizational unit and other details, suspended, a required change of the password",
		Stays: "passwords (Google writes stars in their place: people come without one); second factors (only whether there is one); aliases and groups",
	},
	{
		System: "Laravel", Format: "laravel",
		Files: []string{"rows of users as CSV, JSON or a dump; phpMyAdmin's JSON", "User::all()->makeVisible('password')->toJson()"},
		Known: "password beside email_verified_at or remember_token",
		Comes: "addresses and whether they are verified, names, digests, accounts in google_id, github_id and facebook_id",
		Stays: "two-factor secrets and recovery codes (Laravel encrypts them with APP_KEY); users deleted softly",
	},
	{
		System: "Meteor", Format: "meteor",
		Files: []string{"mongoexport --collection users, as lines or --jsonArray, relaxed or canonical"},
		Known: "services beside _id",
		Comes: "user names, addresses and whether they are verified, digests (bcrypt), accounts at providers, the profile (unsafe metadata), the secret of two-factor login",
		Stays: "digests of argon2, unless --digest describes them; login tokens",
	},
	{
		System: "MongoDB (an application's collection)", Format: "mongodb",
		Files: []string{"mongoexport of a collection of users, such as passport-local-mongoose's, as lines or --jsonArray, relaxed or canonical"},
		Known: "_id",
		Comes: "every key that is known or mapped, googleId and the like as accounts, digests that show their format; passport-local-mongoose's salt and hash with its defaults since version 4 (a sample is to be tried)",
		Stays: "keys without a meaning here, which are told; passport-local-mongoose's digests with options of one's own, unless --digest describes them",
	},
	{
		System: "Okta", Format: "okta",
		Files: []string{"CSV of users: reports, or profiles as scripts write them", "pages of GET /api/v1/users (JSON)"},
		Known: "login beside email, firstName and lastName; profile beside status",
		Comes: "logins, addresses (second addresses unverified), names, attributes of profiles, suspended, deactivated and locked",
		Stays: "passwords and second factors (Okta exports neither: people come without a password)",
	},
	{
		System: "Parse", Format: "parse",
		Files: []string{"mongoexport --collection _User, as lines or --jsonArray, relaxed or canonical", "results of Parse.com's export (JSON), with bcryptPassword"},
		Known: "_hashed_password; _created_at; bcryptPassword",
		Comes: "user names, addresses and whether they are verified, digests, accounts at providers, the secret of the mfa adapter, lockouts",
		Stays: "sessions, rights (_acl) and roles (they are in collections of their own); recovery codes of the mfa adapter",
	},
	{
		System: "PocketBase", Format: "pocketbase",
		Files: []string{`rows of an auth collection: sqlite3 -json pb_data/data.db 'SELECT * FROM users' >users.json, or -csv -header`},
		Known: "tokenKey beside password or passwordHash",
		Comes: "user names, addresses and whether they are verified, names, digests, and by --map any field",
		Stays: "accounts at providers (they are in the table _externalAuths); records of the API (it gives no digests)",
	},
	{
		System: "SuperTokens", Format: "supertokens",
		Files: []string{"users as the bulk import takes them (JSON)"},
		Known: "loginMethods",
		Comes: "addresses and whether they are verified, digests, TOTP secrets, metadata (private), roles by --profile-map, accounts at providers",
		Stays: "TOTP with a period other than 30 s (no strategy takes it); Firebase's digests (they come with Firebase's own export)",
	},
	{
		System: "Zitadel", Format: "zitadel",
		Files: []string{"POST /admin/v1/export with withPasswords and withOtp, and what its import takes (JSON)", "POST /v2/users (JSON), which has no digests"},
		Known: "orgs, dataOrgs; userId beside user or human",
		Comes: "user names, addresses and whether they are verified, names, digests, TOTP secrets, accounts at providers (by the number of the provider), inactive and locked, a required change of the password",
		Stays: "machines (they log in with keys); metadata and grants (they are lists of their own); passkeys (they belong to Zitadel's host name)",
	},
}
