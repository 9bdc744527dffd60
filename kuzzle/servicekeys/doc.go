// Package servicekeys stores the secret keys by which an application's servers call
// the instance, such as sk_test_….
//
// A key stands for the instance and not for a user. It is shown once, when it is
// made. The store has only its SHA-256, which reveals nothing about the 260 random
// bits of a key. All keys are one document of the settings. Each server caches them
// for as long as storage.Freshness allows: a revoked key ends on every server within
// storage.Lease, and a server that cannot hear the others asks the store.
//
// The configuration may have one more key. A key may be limited to endpoints and
// organizations. This package stores these limits and decides whether a key may run
// an action; dialects ask it, see [Principal].
package servicekeys
