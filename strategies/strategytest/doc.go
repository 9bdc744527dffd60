// Package strategytest proves that a strategy keeps the contract.
//
// A plugin author calls [Run] with the strategy's New and a few [Fixtures]; who
// passes is done. [NewHost] is the backend in memory that the suite runs
// against, for unit tests of the author's own: accounts, claims, flows and
// actions behave as in the real one, a clock stands still until it is moved,
// and every call of the strategy to its host is counted.
//
// This package knows strategies and nothing of the backend.
package strategytest
