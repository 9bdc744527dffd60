// Package accounts assembles the domain: users, their names and rights, credentials, logins,
// sessions and API keys, imports, pictures, organizations and maintenance.
//
// Each part is a package below this one, and knows only the packages before it in this list: cache,
// registry, users, sessions, attempts, credentials, logins, contacts, clients, codes, signins, signups, imports,
// maintenance, pictures, organizations. The parts take plain values and the caller ([users.Actor]), and return
// users, sessions and faults. They check everything first, then hash, then write, so that a refused
// request changes nothing.
//
// The creation of a user takes four files. credentials/create.go checks the request, hashes the
// credentials and publishes the event; users/new.go makes the user; attempts/attempt.go gives a
// slot in the hash pool; users/commit.go writes the user with its names. Functions that these call
// answer one question each: whether a strategy exists (registry), a content is too large (size.go),
// a right is exceeded (contain.go), a name is taken (naming.go).
//
// The tests of a part are in its package; those here test several parts together. All of them use
// accountstest.
//
// The domain builds on storage, strategies, rights and token. It knows no transport, no wire format
// and no engine.
package accounts
