// Package servicekeys keeps the secret keys by which an application's servers call
// the instance, such as sk_test_….
//
// A key stands for the instance and for no user. It is shown once, when it is made;
// only its SHA-256 is kept, which says nothing about the 260 random bits of a key.
// All keys are one document of the settings. Each server keeps what it read for as
// long as storage.Freshness allows, so that a revoked key ends on every server within
// storage.Lease, and a server that cannot hear the others asks the store.
//
// One more key may come from the configuration. A key may be limited to endpoints and
// to organizations: this package keeps those limits and answers whether a key may do
// something. Dialects ask; see [Principal].
package servicekeys
