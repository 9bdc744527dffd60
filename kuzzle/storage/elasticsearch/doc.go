// Package elasticsearch is the engine for clusters: the storage contract over
// Elasticsearch 8, shared by any number of nodes.
//
// A document is one record in its collection's index, beside which every value
// that the mapping finds lies typed under a field of its own; searches ask those
// and never what a client wrote. Identifiers are records of a claims index,
// whose id is the key. Commit makes one unit of both without transactions: see
// the package commits for the order of writes and claims for what happens when
// another node stops in the middle. A deleted document leaves a tombstone for as
// long as a late write could arrive, and no claim is ever removed or taken but by
// compare-and-set.
//
// This package puts the engine together; each part is a package below it, and
// knows only those above it in this list:
//
//   - cluster talks to Elasticsearch; failpoint is where tests stop it.
//   - layout names indexes and fields.
//   - records reads, queues writes.
//   - schemas keeps the mappings of collections.
//   - compile translates searches, and search answers them.
//   - claims knows who holds a key, feed tells nodes of each other's changes.
//   - commits makes changes.
//   - setup makes a cluster ready, upkeep works beside requests, and care serves
//     operators.
//
// Writes of one index are gathered into one _bulk at a time, and all of those
// that want to be visible share its refresh; concurrent reads by id share
// requests. A revision is the record's own counter, so that rewriting a record
// for a new mapping changes none.
//
// What a cluster refuses is sent again a few times, and then answered with a time
// to come back. Of a request that many share only those wait for that whose own
// part was refused. An index that takes no writes makes the store not healthy
// until it does; a cluster that says nothing at all is waited for by one request
// at a time, and the others are answered soon.
//
// Nodes keep what they read and hear from each other what they change, over the
// index "changes"; the package feed has the protocol and why nothing older than a
// second is ever used.
//
// The engine knows documents, mappings and search trees, and no user.
package elasticsearch
