// Package users stores users: a document with content, records and claims, written in one commit.
// All changes of a user go through [Users.Change] or [Users.Commit]. Only [Users.SignedIn], which
// writes the time of a login, does not.
//
// Three types share the work. [Users] reads and writes. [Names] decides which spellings are one
// name, finds the holder of a name, and refuses names. [Containment] refuses to give rights that
// the giver does not have, and explains rights.
//
// Data that depends on a user registers itself as a [Dependent].
package users
