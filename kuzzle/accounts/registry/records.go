package registry

import (
	"bytes"

	"github.com/gokuzzle/kuzzle/strategies"
)

// CostClass names what verifying a record of the password family costs.
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

// PlaceOf is the record that put would replace, nil for none.
func (reg *Registry) Replaced(records []strategies.Record, put strategies.Record) *strategies.Record {
	for i, r := range records {
		if sameRecord(r, put) || reg.Verifier(r.Strategy) != nil && reg.Verifier(put.Strategy) != nil {
			return &records[i]
		}
	}
	return nil
}

// SameSecret reports whether two records are one and have one secret; none is the
// same as none.
func SameSecret(a, b *strategies.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameRecord(*a, *b) && bytes.Equal(a.Secret, b.Secret)
}

// AsRead finds a record that is still what a strategy read.
func AsRead(was strategies.Record) func(strategies.Record) bool {
	return func(r strategies.Record) bool { return sameRecord(r, was) && bytes.Equal(r.Secret, was.Secret) }
}

func sameRecord(a, b strategies.Record) bool { return a.Strategy == b.Strategy && a.ID == b.ID }

// Place puts a record in the place of the one that it replaces, or behind the others.
func (reg *Registry) Put(records []strategies.Record, put strategies.Record) []strategies.Record {
	if old := reg.Replaced(records, put); old != nil {
		put.CreatedAt = old.CreatedAt
		*old = put
		return records
	}
	put.CreatedAt = put.UpdatedAt
	return append(records, put)
}

// AskedElsewhere reports whether another system judges a record's password.
func (reg *Registry) AskedElsewhere(r strategies.Record) bool {
	strategy, ok := reg.Strategy(r.Strategy).(strategies.Outside)
	return ok && strategy.AskedElsewhere(r)
}

// RecordsFor are the records a strategy may see: its own, and within the
// password family everybody's.
func (reg *Registry) RecordsFor(strategy string, records []strategies.Record) []strategies.Record {
	var own []strategies.Record
	for _, r := range records {
		if r.Strategy == strategy || reg.Verifier(strategy) != nil && reg.Verifier(r.Strategy) != nil {
			own = append(own, r)
		}
	}
	return own
}
