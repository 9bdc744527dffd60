// Package counts counts the outcomes of an import's rows, and data that was not imported.
package counts
