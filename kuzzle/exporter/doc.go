// Package exporter writes users, one per line, in two formats: that of our own import,
// and that of Clerk's API. It counts data that a format cannot express.
//
// It knows the content of a domain export, not its source.
package exporter
