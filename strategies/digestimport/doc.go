// Package digestimport is the strategy for users whose password was imported as a digest of another
// system.
//
// It uses only the contract of package strategies. Credentials have names (username, email, phone),
// a passwordDigest and, if the digest does not show its own format, a passwordHasher. The records
// verify the password in logins by this strategy and by local. The first right password goes to the
// instance's password keeper, which replaces the record by its own.
//
// Until then a weak digest is sealed under the master key. It is wrapped in argon2id in the
// background, or at once, or never, as [Options.Wrap] or the credentials' own field wrap says. A
// digest that holds a key of its old system is sealed too. The cost of a digest is bounded on
// import and whenever it is read.
//
// This package knows no storage, sessions or transport, and starts no goroutine.
package digestimport
