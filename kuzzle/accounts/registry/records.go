package registry

import (
	"bytes"
	"slices"

	"github.com/gokuzzle/kuzzle/strategies"
)

// CostClass names the cost of verifying a record of the password family.
func (reg *Registry) CostClass(r strategies.Record) string {
	verifier := reg.Verifier(r.Strategy)
	if verifier == nil {
		return ""
	}
	if varied, ok := verifier.(strategies.Varied); ok {
		return r.Strategy + " " + varied.CostClass(r)
	}
	return r.Strategy
}

// HasPassword reports whether one of the records is of the password family.
func (reg *Registry) HasPassword(records []strategies.Record) bool {
	return slices.ContainsFunc(records, func(r strategies.Record) bool { return reg.Verifier(r.Strategy) != nil })
}

// Replaced returns the record that put would replace, nil for none.
func (reg *Registry) Replaced(records []strategies.Record, put strategies.Record) *strategies.Record {
	for i, r := range records {
		if sameRecord(r, put) || reg.Verifier(r.Strategy) != nil && reg.Verifier(put.Strategy) != nil {
			return &records[i]
		}
	}
	return nil
}

// SameSecret reports whether two records have the same strategy, id and secret. Two nil records are
// the same.
func SameSecret(a, b *strategies.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameRecord(*a, *b) && bytes.Equal(a.Secret, b.Secret)
}

// AsRead returns a test for a record that has not changed since a strategy read it.
func AsRead(was strategies.Record) func(strategies.Record) bool {
	return func(r strategies.Record) bool { return sameRecord(r, was) && bytes.Equal(r.Secret, was.Secret) }
}

func sameRecord(a, b strategies.Record) bool { return a.Strategy == b.Strategy && a.ID == b.ID }

// Put replaces the record that Replaced returns, or appends put.
func (reg *Registry) Put(records []strategies.Record, put strategies.Record) []strategies.Record {
	if old := reg.Replaced(records, put); old != nil {
		put.CreatedAt = old.CreatedAt
		*old = put
		return records
	}
	put.CreatedAt = put.UpdatedAt
	return append(records, put)
}

// AskedElsewhere reports whether another system verifies a record's password.
func (reg *Registry) AskedElsewhere(r strategies.Record) bool {
	strategy, ok := reg.Strategy(r.Strategy).(strategies.Outside)
	return ok && strategy.AskedElsewhere(r)
}

// RecordsFor returns the records that a strategy may see: its own, or within the password family
// those of the whole family.
func (reg *Registry) RecordsFor(strategy string, records []strategies.Record) []strategies.Record {
	var own []strategies.Record
	for _, r := range records {
		if r.Strategy == strategy || reg.Verifier(strategy) != nil && reg.Verifier(r.Strategy) != nil {
			own = append(own, r)
		}
	}
	return own
}
