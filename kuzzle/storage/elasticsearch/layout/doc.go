// Package layout says how a store lies in Elasticsearch: the names of its indexes,
// their mappings, and the typed fields in which the values of a document are
// searched.
//
// The fields of an index are strict. Content, account and secrets are stored as
// text that is never indexed; the values that a mapping finds lie beside them,
// each under a name that tells its type (fields.go, values.go).
package layout
