package importer

import (
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/sinks"
)

// Types of package sinks.
type (
	Batch   = sinks.Batch
	Sink    = sinks.Sink
	Outcome = sinks.Outcome
)

// Serially, While and Into are the available sinks.
var (
	Serially = sinks.Serially
	While    = sinks.While
	Into     = sinks.Into
)

// add adds a row to the batch unless the batch has rows of another kind.
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

// takes reports whether a row has the kind of the batch's rows.
func takes(b *Batch, r *Row) bool {
	switch {
	case b.Len() == 0:
		return true
	case r.Definition != nil:
		// Roles have to exist before profiles that name them are checked.
		return len(b.Definitions) > 0 && b.Definitions[0].Profile == r.Definition.Profile
	case r.Key != nil:
		return len(b.Keys) > 0
	case r.Organization != nil:
		return len(b.Organizations) > 0
	}
	return len(b.Users) > 0
}
