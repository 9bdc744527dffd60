// Package binding binds values to the parameters of SQLite's statements.
package binding
