// Package dirlock lets one process at a time own a data directory.
package dirlock
