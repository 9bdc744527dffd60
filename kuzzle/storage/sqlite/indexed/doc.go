// Package indexed defines the rows under which a document is found: those of the
// inverted index, and those of the index of orders.
package indexed
