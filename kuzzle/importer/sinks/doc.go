// Package sinks is where the rows of an import go to: batches of one kind, and what became
// of each row.
package sinks
