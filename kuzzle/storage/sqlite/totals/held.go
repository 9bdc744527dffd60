package totals

import (
	"fmt"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// Bounds of totals that are cached until the next change.
const (
	mostHeld   = 64
	longestKey = 4096
)

// held are cached totals of conditions at one revision.
type held struct {
	generation, last int64
	totals           map[string]int64
}

// Key returns a condition's key in the cache, "" if its meaning changes with time or if it
// is too long.
func Key(where query.Node) string {
	key := fmt.Sprintf("%#v", where)
	if len(key) > longestKey || strings.Contains(strings.ToLower(key), "now") {
		return ""
	}
	return key
}

// Generation returns a number that changes when documents are indexed differently.
func (k *Kept) Generation() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.generation
}

// Total returns a condition's cached total at a revision, if there is one.
func (k *Kept) Total(generation, last int64, key string) (total int64, known bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.held.generation != generation || k.held.last != last {
		return 0, false
	}
	total, known = k.held.totals[key]
	return total, known
}

// Hold caches a total until the next change.
func (k *Kept) Hold(generation, last int64, key string, total int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if key == "" || generation != k.generation || last < k.held.last && generation == k.held.generation {
		return
	}
	if k.held.totals == nil || k.held.generation != generation || k.held.last != last || len(k.held.totals) >= mostHeld {
		k.held = held{generation, last, map[string]int64{}}
	}
	k.held.totals[key] = total
}
