// Package walking passes the documents of a collection in an order, which it reads from the
// indexes.
package walking
