// Package layout defines the form of a store in Elasticsearch: the names of its
// indexes, their mappings, and the typed fields in which the values of a document
// are searched.
//
// The fields of an index are strict. Content, account and secrets are stored as
// text that is never indexed. The values that a mapping finds are stored beside
// them, each under a name with its type (fields.go, values.go).
package layout
