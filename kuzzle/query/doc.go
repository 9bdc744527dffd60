// Package query is the search language: a typed tree, the allow-list that
// decides what may be asked, and the parsers for the query DSL and for Koncorde
// filters.
//
// In comes decoded JSON from a client, out goes a [Search] that names only
// fields the caller may see, or a fault that names the clause. Every engine
// translates the same tree, so nothing a client wrote reaches an engine as it
// was written. This package knows no engine and no user.
package query
