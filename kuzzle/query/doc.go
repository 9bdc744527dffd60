// Package query defines the search language: a typed tree, the allow-list of
// clauses and fields, and the parsers for the query DSL and for Koncorde
// filters.
//
// A parser turns decoded JSON of a client into a [Search] that names only
// fields the caller may see, or returns a fault that names the clause. Every
// engine translates the same tree, so no client text reaches an engine
// unparsed. This package knows no engine and no user.
package query
