// Package edge implements the dialect of Clerk's Backend API: everything below /v1.
//
// It knows secret keys, API versions, Clerk's errors and the forms of arguments. The
// packages beside it declare the actions, one family each, and package resource the
// shapes of answers. None of them has domain logic: that is in package accounts,
// which this dialect and Kuzzle's share.
//
// An action that knows the parameter at fault returns a fault of this package, made
// by [Refusal]. The table translated converts faults of the domain to Clerk's.
package edge
