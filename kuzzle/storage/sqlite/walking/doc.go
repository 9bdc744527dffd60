// Package walking walks the documents of a collection in an order that it reads from the
// indexes.
package walking
