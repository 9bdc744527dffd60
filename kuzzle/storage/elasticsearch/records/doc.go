// Package records defines the records of an index and reads them: documents and
// their tombstones, claims, reads by id in real time, and searches of the engine
// itself.
//
// A record has a Place, which changes with every write and which a
// compare-and-set compares. Concurrent reads by id share requests (lookups.go).
package records
