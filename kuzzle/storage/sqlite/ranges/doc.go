// Package ranges writes the SQL that reads ranges of an index: in come spans of values,
// out come statements that name documents.
package ranges
