package importer

import (
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/sinks"
)

// What rows are handed to; see package sinks.
type (
	Batch   = sinks.Batch
	Sink    = sinks.Sink
	Outcome = sinks.Outcome
)

// Serially and Into are the sinks there are.
var (
	Serially = sinks.Serially
	Into     = sinks.Into
)

// add takes a row, unless rows of another kind are there.
func add(b *Batch, user imports.Row, r *Row) {
	switch {
	case r.Definition != nil:
		b.Definitions = append(b.Definitions, *r.Definition)
	case r.Key != nil:
		b.Keys = append(b.Keys, *r.Key)
	case r.Organization != nil:
		b.Organizations = append(b.Organizations, *r.Organization)
	default:
		b.Users = append(b.Users, user)
	}
}

// takes tells whether a row is of the kind of those that are there.
func takes(b *Batch, r *Row) bool {
	switch {
	case b.Len() == 0:
		return true
	case r.Definition != nil:
		// Roles are there before the profiles that name them are judged.
		return len(b.Definitions) > 0 && b.Definitions[0].Profile == r.Definition.Profile
	case r.Key != nil:
		return len(b.Keys) > 0
	case r.Organization != nil:
		return len(b.Organizations) > 0
	}
	return len(b.Users) > 0
}
