// Package records is what an index holds and how it is read: documents and their
// tombstones, claims, reads by id in real time, and searches of the engine's own.
//
// A record stands in a Place, which changes with every write and which a
// compare-and-set compares. Concurrent reads by id share requests (lookups.go).
package records
