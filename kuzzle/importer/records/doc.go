// Package records reads tables that strangers made (CSV, in its many dialects): it finds
// out what separates the fields and what ends a line, and holds one record at a time.
//
// It knows nothing of what the columns are.
package records
