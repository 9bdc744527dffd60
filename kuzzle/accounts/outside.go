package accounts

import (
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// outside refuses what users may not do to own credentials that another system
// judges: have it asked for whom they say, or take on names under which guesses
// at the account there would be counted anew. A record that was none has no
// strategy.
func (a *Accounts) outside(by Actor, was, r strategies.Record) error {
	if !by.Self || !a.askedElsewhere(r) {
		return nil
	}
	if !a.askedElsewhere(was) {
		return ErrAskedElsewhere.New()
	}
	before := a.namesOf(was)
	for _, name := range a.namesOf(r) {
		if !slices.Contains(before, name) {
			return ErrNamesHeld.New()
		}
	}
	return nil
}

func (a *Accounts) askedElsewhere(r strategies.Record) bool {
	strategy, ok := a.strategies[r.Strategy].(strategies.Outside)
	return ok && strategy.AskedElsewhere(r)
}

// namesOf are what logins with a record's names are counted by.
func (a *Accounts) namesOf(r strategies.Record) []string {
	var names []string
	for _, id := range r.Identifiers {
		if key, err := a.naming().claimKey(r.Strategy, id); err == nil {
			names = append(names, key)
		}
	}
	return names
}
