// Package accounts puts the domain together: users, their names and rights, their
// credentials, logins, sessions and API keys, imports, pictures, organizations and care.
//
// Each part is a package of its own below this one, and knows only those before it
// in this list: cache, registry, users, sessions, attempts, credentials, logins,
// contacts, imports, care, pictures, organizations. In come plain values and who asks
// ([users.Actor]); out go users, sessions and faults. Everything is checked first, then
// hashed, then written, so that a refused request has changed nothing.
//
// How a user is made is read in four files, each once: credentials/create.go checks
// the request, has the credentials hashed and tells of the new user; users/new.go makes
// the user; attempts/attempt.go lends the hash pool; users/commit.go writes the user
// with its names. What these call besides answers one question each, as its name says:
// whether a strategy is there (registry), a content too large (size.go), a right
// exceeded (contain.go), a name taken (naming.go).
//
// The tests of a part lie in its package; those here show several parts together. They
// all stand on accountstest.
//
// The domain stands on storage, strategies, rights and token. It knows no
// transport, no wire format and no engine.
package accounts
