// Package nearest finds the name that a mistyped name most likely stands for.
//
// This package imports only the standard library, and does not know the meaning of
// the names.
package nearest
