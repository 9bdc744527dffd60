// Package nearest finds the name that somebody most likely meant: in come a
// mistyped name and those there are, out goes one of them or none.
//
// This package is a leaf: it imports the standard library and nothing of ours, and
// does not know what the names name.
package nearest
