// Package counts counts what becomes of rows of an import, and what users leave behind.
package counts
