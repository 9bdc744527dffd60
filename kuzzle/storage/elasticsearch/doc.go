// Package elasticsearch is the storage engine for clusters: it implements the
// storage contract over Elasticsearch 8, for any number of nodes.
//
// A document is one record in its collection's index. Beside it the record has
// every value that the mapping finds, each in a typed field of its own. Searches
// use these fields only, never the client's JSON. Identifiers are records of a
// claims index, whose id is the key. Commit changes both as a unit without
// transactions: package commits documents the order of writes, and package claims
// what happens when another node stops in the middle. A deleted document leaves a
// tombstone for as long as a late write could arrive. A claim is only removed or
// taken by compare-and-set.
//
// This package assembles the engine. Each part is a package below it, and depends
// only on those above it in this list:
//
//   - cluster talks to Elasticsearch; failpoint is where tests stop it.
//   - layout names indexes and fields.
//   - records reads, bulkqueue writes.
//   - schemas stores the mappings of collections.
//   - compile translates searches, and search answers them.
//   - claims knows the holder of each key, feed tells nodes of each other's changes.
//   - commits makes changes.
//   - setup prepares a cluster, upkeep works in the background, and maintenance serves
//     operators.
//
// Writes to one index are gathered into one _bulk at a time, and all that must
// become visible share its refresh. Concurrent reads by id share requests. A
// revision is the record's own counter, so rewriting a record for a new mapping
// does not change it.
//
// Requests that a cluster refuses are sent again a few times. Then the answer is
// an error with a time to come back. When a request carries the operations of
// many callers, only the callers whose own operation was refused wait. An index
// that accepts no writes makes the store unhealthy until it does. If a cluster
// does not answer at all, one request at a time waits for it, and the others get
// an error soon.
//
// Nodes cache documents and notify each other of changes through the index
// "changes". Package feed documents the protocol, and why no node uses a value
// older than a second.
//
// The engine knows documents, mappings and search trees, and no user.
package elasticsearch
