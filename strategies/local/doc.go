// Package local is the strategy of user names and passwords.
//
// It is built on nothing but the contract of package strategies. In come
// {"username", "password"}; out go records that hold an argon2id digest, and
// outcomes. Password policies, the current password for changes by the user,
// and password resets by single-use tokens are here too. Clients and
// configurations know it from Kuzzle as kuzzle-plugin-auth-passport-local; its
// error ids, policies and extra actions have kept their names.
//
// What is better than there, on purpose: only a new password, not a new name,
// restarts its age and says who set it; reset tokens work once, for an hour, and
// not after the password was changed another way.
//
// This package knows no storage, sessions or transport, and starts no goroutine.
package local
