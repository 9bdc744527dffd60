package strategies

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
)

var registry struct {
	sync.Mutex
	strategies map[string]New
	options    map[string]func() any
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

// RegisterOptions makes known which settings a strategy has: options returns a pointer to
// them with their defaults, which DecodeConfig reads a configuration into. It is called
// from init functions only and panics where it was called for the name before. A
// strategy may do without it; then kuzzle config shows no setting that is not set.
func RegisterOptions(name string, options func() any) {
	registry.Lock()
	defer registry.Unlock()
	if registry.options == nil {
		registry.options = map[string]func() any{}
	}
	if registry.options[name] != nil {
		panic("strategies: the options of " + name + " are registered twice")
	}
	registry.options[name] = options
}

// EffectiveConfig returns all settings of a strategy as a JSON object: those of a
// configuration, and the defaults of the others. Where no options are registered it is
// the configuration as it is.
func EffectiveConfig(name string, cfg json.RawMessage) (json.RawMessage, error) {
	registry.Lock()
	options := registry.options[name]
	registry.Unlock()
	if options == nil {
		return cfg, nil
	}
	into := options()
	if err := DecodeConfig(cfg, into); err != nil {
		return nil, err
	}
	return json.Marshal(into)
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
