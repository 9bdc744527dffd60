// Package results has what a search collects: its hits in their order, and the
// summaries over all of them. It reads no database.
package results
