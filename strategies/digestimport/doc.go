// Package digestimport is the strategy of users who bring their password along
// as a digest that another system made.
//
// It is built on nothing but the contract of package strategies. In come names
// (username, email, phone), a passwordDigest and, where the digest does not tell
// by itself, a passwordHasher; out go records that answer the password, through
// this strategy's login and through local's. The first right password is handed
// to the instance's password keeper, which replaces the record by its own.
//
// Until then a weak digest is sealed under the master key, and wrapped in
// argon2id when somebody finds the time, or at once, or never, as [Options.Wrap]
// says or the credentials' own field wrap; one that holds a key of the system it
// came from is sealed too. What a digest may cost is bounded when it comes and
// whenever it is read.
//
// This package knows no storage, sessions or transport, and starts no goroutine.
package digestimport
