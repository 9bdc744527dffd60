package credentials

import (
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// outside refuses credentials that users give themselves and that another system verifies: a new
// name in that system, or further names here, under which guesses at the account there would be
// counted anew. If there was no record, was has no strategy.
func (cs *Credentials) outside(self bool, was, r strategies.Record) error {
	if !self || !cs.Registry.AskedElsewhere(r) {
		return nil
	}
	if !cs.Registry.AskedElsewhere(was) {
		return ErrAskedElsewhere.New()
	}
	before := cs.namesOf(was)
	for _, name := range cs.namesOf(r) {
		if !slices.Contains(before, name) {
			return ErrNamesHeld.New()
		}
	}
	return nil
}

// namesOf returns the keys by which logins with a record's names are counted.
func (cs *Credentials) namesOf(r strategies.Record) []string {
	var names []string
	for _, id := range r.Identifiers {
		if key, err := cs.names.Naming().ClaimKey(r.Strategy, id); err == nil {
			names = append(names, key)
		}
	}
	return names
}
