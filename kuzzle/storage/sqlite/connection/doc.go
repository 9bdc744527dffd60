// Package connection is a connection to SQLite that keeps the statements prepared on it.
package connection
