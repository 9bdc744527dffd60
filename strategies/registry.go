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

// IsName reports whether name is a valid name of a strategy: 1 to 64 characters of a-z, 0-9 and
// "-", beginning with a letter.
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

// Register makes a strategy known by name, for configurations to switch on. Call it from init
// functions only. It panics on an invalid or a registered name, since that is a mistake in the
// program.
func Register(name string, build New) {
	if !IsName(name) {
		panic("strategies: " + name + " is not a valid strategy name")
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

// RegisterOptions makes a strategy's settings known. options returns a pointer to a struct with the
// defaults, into which DecodeConfig reads a configuration. Call it from init functions only. It
// panics on a second call for a name. It is optional; without it kuzzle config shows only the
// settings that are set.
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

// EffectiveConfig returns all settings of a strategy as a JSON object: the configured ones, and the
// defaults of the others. Without registered options it returns the configuration unchanged.
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

// Lookup returns the constructor that is registered by a name.
func Lookup(name string) (New, bool) {
	registry.Lock()
	defer registry.Unlock()
	build, ok := registry.strategies[name]
	return build, ok
}
