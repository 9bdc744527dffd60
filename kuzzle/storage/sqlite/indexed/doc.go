// Package indexed has the rows under which a document is found: those of the inverted
// index, and those of the index by which lists are ordered.
package indexed
