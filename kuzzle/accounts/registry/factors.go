package registry

import (
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// SecondFactor returns the strategy with that name if it can be a second factor; otherwise nil.
func (reg *Registry) SecondFactor(name string) strategies.SecondFactor { return reg.factors[name] }

// FactorsOf lists the second factors that a user with these records can prove, in
// the order of the records.
func (reg *Registry) FactorsOf(records []strategies.Record) []string {
	var names []string
	for _, r := range records {
		factor := reg.SecondFactor(r.Strategy)
		if factor != nil && !slices.Contains(names, r.Strategy) && factor.Enrolled(reg.RecordsFor(r.Strategy, records)) {
			names = append(names, r.Strategy)
		}
	}
	return names
}

// SecondFactors lists the strategies that can be second factors, sorted.
func (reg *Registry) SecondFactors() []string { return slices.Sorted(maps.Keys(reg.factors)) }

// FactorActions returns the actions of second factors, by "controller:action".
func (reg *Registry) FactorActions() map[string]bool {
	all := map[string]bool{}
	for name := range reg.factors {
		if with, ok := reg.Strategy(name).(strategies.Actions); ok {
			for _, action := range with.Actions() {
				all[action.Controller+":"+action.Name] = true
			}
		}
	}
	return all
}

// HasSecond reports whether a session proved a second factor. proved maps the proved factors to the
// times of the proofs.
func (reg *Registry) HasSecond(proved map[string]int64) bool {
	for name := range proved {
		if reg.SecondFactor(name) != nil {
			return true
		}
	}
	return false
}
