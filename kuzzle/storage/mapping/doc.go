// Package mapping says how content is indexed, alike on every engine: it checks
// and merges what a client asks for, and turns a document into typed values.
//
// In comes a [storage.Mapping] and JSON, out goes a [Schema] and the [Value]s
// that it finds in a document, or a fault that names the field. This package knows
// no engine and does no I/O.
package mapping
