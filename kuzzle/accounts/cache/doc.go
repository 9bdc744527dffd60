// Package cache keeps what was read from a collection until somebody writes it, in
// this process or another.
package cache
