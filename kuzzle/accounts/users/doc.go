// Package users keeps users: a document with its content, records and claims,
// written in one commit. Everything that changes a user goes through
// [Users.Change] or [Users.Commit], but for the time of a login, which
// [Users.SignedIn] writes.
//
// Three types share the work. [Users] reads and writes. [Names] says which
// spellings are one name, who holds a name and why one is refused. [Containment]
// refuses to give rights that the giver does not have, and explains rights.
//
// What lives and dies with a user registers itself as a [Dependent].
package users
