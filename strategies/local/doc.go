// Package local is the strategy for user names and passwords.
//
// It uses only the contract of package strategies. Credentials are {"username", "password"}, and
// records hold an argon2id digest. The package also has the password policies, the current password
// for changes by the user, and password resets by single-use tokens. Kuzzle's clients and
// configurations know the strategy as kuzzle-plugin-auth-passport-local; its error ids, policies
// and extra actions keep their names.
//
// It differs from Kuzzle's plugin on purpose. Only a new password, not a new name, resets the
// password's age and author. A reset token works once, for an hour, and not after the password was
// changed in another way.
//
// This package knows no storage, sessions or transport, and starts no goroutine.
package local
