// Package migration copies everything from one store into another, so that a server
// can continue there: documents with their incarnations, versions, epochs and
// expiries, the keys they claim, mappings and latches. It uses the storage contract
// only, and no engine.
//
// A copy keeps no record of its progress. A run compares both stores in the order
// of ids, removes from the target the documents that differ from the source, and
// then writes the missing ones. So the next run continues the work of an
// interrupted one. A marker in the target is written before everything else and
// removed when both sides are equal. It distinguishes an unfinished copy from
// foreign data; a server refuses to start on an unfinished copy.
//
// In the end both stores are read again and compared by counts and checksums. The
// source does not change, with one exception: messages that wait beside their
// documents are first moved to the outbox, so that they are copied like all others.
// Memory does not grow with the stores.
package migration
