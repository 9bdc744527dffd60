// Package dirlock makes a process the only owner of a data directory.
package dirlock
