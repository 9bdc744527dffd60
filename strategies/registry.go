package strategies

import (
	"maps"
	"slices"
	"strings"
	"sync"
)

var registry struct {
	sync.Mutex
	strategies map[string]New
}

// IsName tells whether a strategy may be called so: 1 to 64 characters of a-z,
// 0-9 and "-", beginning with a letter.
func IsName(name string) bool {
	if name == "" || len(name) > maxName || name[0] < 'a' || name[0] > 'z' {
		return false
	}
	return strings.Trim(name, nameLetters) == ""
}

const (
	maxName     = 64
	nameLetters = "abcdefghijklmnopqrstuvwxyz0123456789-"
)

// Register makes a strategy known by name, for configurations to switch on. It
// is called from init functions only and panics on a name that is taken or is
// none, since that is a mistake in the program.
func Register(name string, build New) {
	if !IsName(name) {
		panic("strategies: " + name + " is no name for a strategy")
	}
	if build == nil {
		panic("strategies: " + name + " is registered without a New")
	}
	registry.Lock()
	defer registry.Unlock()
	if registry.strategies == nil {
		registry.strategies = map[string]New{}
	}
	if registry.strategies[name] != nil {
		panic("strategies: " + name + " is registered twice")
	}
	registry.strategies[name] = build
}

// Registered lists the names, in alphabetical order.
func Registered() []string {
	registry.Lock()
	defer registry.Unlock()
	return slices.Sorted(maps.Keys(registry.strategies))
}

// Lookup answers what was registered by a name.
func Lookup(name string) (New, bool) {
	registry.Lock()
	defer registry.Unlock()
	build, ok := registry.strategies[name]
	return build, ok
}
