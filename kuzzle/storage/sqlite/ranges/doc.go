// Package ranges writes the SQL that reads ranges of an index: it converts spans of
// values to statements that return documents.
package ranges
