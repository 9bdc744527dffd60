// Package upkeep runs beside the requests of every node: it follows the mappings
// that other nodes change, writes records anew that were written under an older
// mapping, and removes claims that could not be removed before.
package upkeep
