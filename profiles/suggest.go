package profiles

import (
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/nearest"
)

// similar returns the name that a mistyped one most likely means. Of equally near names it takes
// the first in alphabetical order.
func similar(typed string, names map[string]bool) (string, bool) {
	best := nearest.Of(typed, slices.Sorted(maps.Keys(names)))
	return best, best != ""
}
