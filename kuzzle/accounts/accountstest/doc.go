// Package accountstest builds the whole domain for the tests of its parts: on a real
// store in a temporary directory, with a clock that tests move, and with digests
// that take no time.
//
// A test of one part lies in that part's package, as an external test (users_test,
// sessions_test, …), and asks the other parts through [Bench], which embeds the
// domain. A helper that several of these packages need is here; one that a single
// package needs is in that package.
package accountstest
