// Package edge is how the server speaks with clients of Clerk's Backend API: the
// dialect of everything below /v1.
//
// It knows secret keys, API versions, Clerk's errors and the forms of arguments. The
// packages beside it declare the actions, a family each, and package resource the
// shapes of what they answer. None of them holds logic of users: that is package
// accounts', which this dialect and Kuzzle's share.
//
// An action returns faults of this package, made by [Refusal], where it knows the
// parameter at fault. Faults of the domain become Clerk's in one table, translated.
package edge
