package credentials

import (
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// outside refuses what users may not do to own credentials that another system
// judges: have it asked for whom they say, or take on names under which guesses
// at the account there would be counted anew. A record that was none has no
// strategy.
func (cs *Credentials) outside(by users.Actor, was, r strategies.Record) error {
	if !by.Self || !cs.Registry.AskedElsewhere(r) {
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

// namesOf are what logins with a record's names are counted by.
func (cs *Credentials) namesOf(r strategies.Record) []string {
	var names []string
	for _, id := range r.Identifiers {
		if key, err := cs.names.Naming().ClaimKey(r.Strategy, id); err == nil {
			names = append(names, key)
		}
	}
	return names
}
