// Package gathering is a file system for SQLite that writes the write-ahead log
// (WAL) to its file in large pieces, because each system call costs time.
package gathering
