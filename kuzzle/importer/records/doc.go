// Package records reads CSV files of any dialect: it detects the separator and the line
// ending, and holds one record at a time.
//
// It does not interpret the columns.
package records
