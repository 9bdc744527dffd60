// Package storage is the contract between the domain and its database.
//
// The unit of atomicity is one document together with its claims: a [Change] is
// written wholly or not at all, and what was acknowledged survives kill -9.
// Anything larger is a sequence of changes that its owner can take up again.
// Reads by id see every acknowledged write at once; searches see it when the
// change asked for visibility.
//
// A store that several processes write is [Shared]: it tells each of them what
// the others change, and for how long what was read may be used.
//
// storagetest is the suite that every engine passes. This package knows the search
// tree and nothing about users, HTTP or the engines that implement it. Domain
// events join [Change] together with the first consumer that must not lose one.
package storage
