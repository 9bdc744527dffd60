// Package accountstest builds the whole domain for the tests of its parts: on a real store in a
// temporary directory, with a clock that tests move, and with digests that take no time.
//
// The tests of a part are in that part's package, as external tests (users_test, sessions_test, …),
// and use the other parts through [Bench], which embeds the domain. Helpers for several of these
// packages are here; a helper for one package is in that package.
package accountstest
