// Package rows has the row that every source gives: one user, or another object, before any
// check. It knows the importer's fields, by which columns and members are named, and reads a
// field's value from a text or from JSON.
//
// A fault of a row stays in the row, so that reading goes on with the next one.
package rows
