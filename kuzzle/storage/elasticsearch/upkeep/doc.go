// Package upkeep is the background work of every node: it follows the mappings
// that other nodes change, rewrites records that were written under an older
// mapping, and removes claims that could not be removed before.
package upkeep
