// Package connection provides a connection to SQLite that keeps its prepared statements.
package connection
