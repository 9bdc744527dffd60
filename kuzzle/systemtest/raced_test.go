//go:build race

package systemtest

// raced reports whether the race detector watches, which makes all ten times as slow.
const raced = true
