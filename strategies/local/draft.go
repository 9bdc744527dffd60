package local

import (
	"context"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

// draft is a checked credential; old is the record to change, nil for a new one.
type draft struct {
	strategy *Strategy
	who      strategies.Subject
	given    input
	name     string
	old      *strategies.Record
}

// Identifiers implements strategies.Draft. It keeps the identifiers that were imported with the
// record beside its user name.
func (d *draft) Identifiers() []strategies.Identifier {
	if d.old != nil && !d.given.hasName {
		return slices.Clone(d.old.Identifiers)
	}
	var ids []strategies.Identifier
	if d.name != "" {
		ids = append(ids, username(d.name))
	}
	if d.old == nil {
		return ids
	}
	for _, id := range d.old.Identifiers {
		if id.Kind != usernameField && id.Value != nameOf(*d.old) {
			ids = append(ids, id)
		}
	}
	return ids
}

// Seal implements strategies.Draft.
func (d *draft) Seal(ctx context.Context) (strategies.Record, error) {
	s := d.strategy
	if d.old != nil && s.asksCurrent(d.who) {
		if err := s.checkCurrent(ctx, d.who, d.given.current); err != nil {
			return strategies.Record{}, err
		}
	}
	if d.old != nil && !d.given.hasPassword {
		return d.renamed(), nil
	}
	if err := s.checkReuse(ctx, d.who, d.given.password); err != nil {
		return strategies.Record{}, err
	}
	kept := secret{At: s.host.Now().UnixMilli(), By: d.who.By.Kuid}
	if d.old != nil {
		kept.History = s.history(d.who, *d.old)
	}
	return s.seal(ctx, d.name, d.Identifiers(), kept, d.given.password)
}

func (d *draft) renamed() strategies.Record {
	rec := *d.old
	rec.Identifiers = d.Identifiers()
	rec.Public = maps.Clone(rec.Public)
	if rec.Public == nil {
		rec.Public = map[string]any{}
	}
	rec.Public[usernameField] = d.name
	return rec
}

// seal hashes a password and returns the record with it.
func (s *Strategy) seal(ctx context.Context, name string, ids []strategies.Identifier, kept secret, password string) (strategies.Record, error) {
	err := s.host.Hash(ctx, s.options.hasher.Cost(), func() {
		kept.Digest = digest.Make(ctx, s.options.hasher, digest.Canonical(password))
	})
	if err != nil {
		return strategies.Record{}, err
	}
	raw, err := kept.encode()
	// Strategy is set, since the record may replace another strategy's.
	return strategies.Record{Strategy: Name, Identifiers: ids, Secret: raw, Public: named(name)}, err
}
