// Package mapping defines how content is indexed, in the same way for every
// engine: it checks and merges mappings of clients, and finds the typed values of
// a document.
//
// It compiles a [storage.Mapping] to a [Schema], which finds the [Value]s in a
// JSON document, or returns a fault that names the field. This package knows no
// engine and does no I/O.
package mapping
