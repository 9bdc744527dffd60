// Package gathering is a file system for SQLite that writes a log ahead (WAL) to its
// file in large pieces, since each call of the operating system costs.
package gathering
