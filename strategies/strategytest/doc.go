// Package strategytest proves that a strategy keeps the contract.
//
// A plugin author calls [Run] with the strategy's New and a few [Fixtures]; a strategy that passes
// keeps the contract. [NewHost] is the in-memory backend that the suite runs against. Authors can
// use it in their own unit tests. Its accounts, claims, flows and actions behave as in the real
// backend, its clock moves only when it is told to, and it counts every call of the strategy to its
// host.
//
// This package knows strategies and nothing of the backend.
package strategytest
