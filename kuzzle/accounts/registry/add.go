package registry

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/strategies"
)

// Registry holds the strategies of an instance. They are added before the first request; after that
// it is read only, and safe for concurrent use.
type Registry struct {
	strategies map[string]strategies.Strategy
	names      []string
	family     map[string]strategies.PasswordVerifier
	factors    map[string]strategies.SecondFactor
	headers    map[string][]string
}

// New returns an empty registry.
func New() *Registry {
	return &Registry{
		strategies: map[string]strategies.Strategy{}, family: map[string]strategies.PasswordVerifier{},
		factors: map[string]strategies.SecondFactor{}, headers: map[string][]string{},
	}
}

// Add adds a strategy, whose Name must be name.
func (reg *Registry) Add(name string, strategy strategies.Strategy) error {
	if strategy.Name() != name || reg.strategies[name] != nil {
		return errors.New("registry: the strategy " + name + " has the name " + strategy.Name() + ", or was added already")
	}
	if with, ok := strategy.(strategies.Headers); ok {
		names := slices.Clone(with.Headers())
		if err := strategies.CheckHeaders(names); err != nil {
			return fmt.Errorf("registry: the strategy %s: %w", name, err)
		}
		reg.headers[name] = names
	}
	reg.strategies[name] = strategy
	reg.names = append(reg.names, name)
	slices.SortFunc(reg.names, byName)
	if verifier, ok := strategy.(strategies.PasswordVerifier); ok {
		reg.family[name] = verifier
	}
	if factor, ok := strategy.(strategies.SecondFactor); ok {
		reg.factors[name] = factor
	}
	return nil
}

// Strategy returns the strategy with that name, nil for none.
func (reg *Registry) Strategy(name string) strategies.Strategy { return reg.strategies[name] }

// Verifier returns the strategy with that name if it belongs to the password family, whose
// strategies verify each other's passwords; otherwise nil.
func (reg *Registry) Verifier(name string) strategies.PasswordVerifier { return reg.family[name] }

// Keeper returns the strategy that stores new passwords, and its name; nil for none. Of several it
// is the first in the order of [Registry.Strategies].
func (reg *Registry) Keeper() (string, strategies.PasswordKeeper) {
	for _, name := range reg.names {
		if keeper, ok := reg.strategies[name].(strategies.PasswordKeeper); ok {
			return name, keeper
		}
	}
	return "", nil
}

// foremost is the strategy that lists of strategies begin with: clients take the
// first for the usual one.
const foremost = "local"

func byName(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == foremost:
		return -1
	case b == foremost:
		return 1
	}
	return strings.Compare(a, b)
}

// Family lists the names of the password family, sorted.
func (reg *Registry) Family() []string { return slices.Sorted(maps.Keys(reg.family)) }
