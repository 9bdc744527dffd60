// Package totals keeps the numbers of documents by values of a field in memory, so that a
// count of a range does not read the whole index.
//
// A field is counted once, from a snapshot of the database, at the first request. From then
// on every transaction updates its numbers. This package reads no database.
package totals
