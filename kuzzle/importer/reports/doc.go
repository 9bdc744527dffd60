// Package reports writes an import's report on single rows, one line of JSON each.
package reports
