// Package totals keeps, in memory, how many documents have a value of a field in a
// range, so that nobody has to read the index to its end to count them.
//
// A field is counted once, from a snapshot of the database, when somebody asks for it.
// From then on every transaction changes its numbers. This package reads no database.
package totals
