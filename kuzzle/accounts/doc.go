// Package accounts is the domain: users, their identifiers and records, their
// sessions and API keys.
//
// In come plain values and who asks, out go users, sessions and faults. A user
// is one document with its claims, written in one commit; every session is born
// in one function here. Everything is checked first, then hashed, then written,
// so that a refused request has changed nothing.
//
// This room stands on storage, strategies, rights and token. It knows no
// transport, no wire format and no engine.
package accounts
