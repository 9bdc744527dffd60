// Package sinks writes the rows of an import in batches of one kind and returns an outcome
// for each row.
package sinks
