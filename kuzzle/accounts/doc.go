// Package accounts puts the domain together: users, their names and rights, their
// credentials, logins, sessions and API keys, imports and care.
//
// Each part is a package of its own below this one, and knows only those before it
// in this list: cache, registry, users, sessions, attempts, credentials, logins,
// imports, care. In come plain values and who asks ([users.Actor]); out go users,
// sessions and faults. Everything is checked first, then hashed, then written, so
// that a refused request has changed nothing.
//
// The domain stands on storage, strategies, rights and token. It knows no
// transport, no wire format and no engine.
package accounts
