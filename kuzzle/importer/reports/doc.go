// Package reports writes what an import has to tell of single rows, a line of JSON each.
package reports
