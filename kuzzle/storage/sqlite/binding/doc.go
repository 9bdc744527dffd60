// Package binding gives values to the places of SQLite's statements.
package binding
