package profiles

import (
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/nearest"
)

// similar finds the name that a mistyped one most likely meant. Equally near
// names are taken in alphabetical order.
func similar(typed string, names map[string]bool) (string, bool) {
	best := nearest.Of(typed, slices.Sorted(maps.Keys(names)))
	return best, best != ""
}
