// Package results collects the results of a search: its hits in order, and its
// aggregations. It reads no database.
package results
