package imports

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// maxPrivateBytes is the largest size of a user's private metadata, and of the second factors, in
// bytes of JSON.
const maxPrivateBytes = 64 << 10

// passwordFields are the fields of passwords in strategies of the password family.
var passwordFields = []string{"password", "passwordDigest"}

// The names of both in faults.
const (
	privateName = "private metadata"
	factorsName = "second factors"
)

// merge merges a row into an existing user, and returns the names of the changed fields.
func (in *importing) merge(ctx context.Context, p *plannedRow, kuid string) (changed []string, err error) {
	ended := false
	err = in.users.Change(ctx, in.by, kuid, users.Edit{Retries: users.CredentialTries, Tell: brought}, func(was *users.User) (*users.User, error) {
		next, err := in.merged(ctx, p, was)
		if err == nil {
			ended = next.Epoch != was.Epoch
			changed, err = in.changed(ctx, p, was, next)
		}
		return next, err
	})
	if err == nil && ended {
		in.sessions.EndOthers(ctx, in.by, kuid)
	}
	return changed, err
}

// mergeable returns what merge would return, and writes nothing.
func (in *importing) mergeable(ctx context.Context, p *plannedRow, was *users.User) (changed []string, err error) {
	if err := in.containment.ContainUser(ctx, in.by, was); err != nil {
		return nil, err
	}
	next, err := in.merged(ctx, p, was)
	if err == nil && in.how.MergeCredentials {
		err = in.names.ProbeAll(ctx, next)
	}
	if err != nil {
		return nil, err
	}
	return in.changed(ctx, p, was, next)
}

// merged returns a user with a row merged in: content, metadata and second factors deeply; profiles
// unchanged; credentials only if the import says so; a ban or lock added. Parts that the row does
// not mention stay, and those that are null in it are removed.
func (in *importing) merged(ctx context.Context, p *plannedRow, was *users.User) (*users.User, error) {
	made, err := users.StoredInfo(was.Content)
	if err != nil {
		return nil, err
	}
	made.UpdatedAt, made.Updater = in.Now().UnixMilli(), in.by.Kuid
	next := *was.Joined(p.user.Standing, in.Now())
	next.Version++
	next.LastSignInAt = max(was.LastSignInAt, p.user.LastSignInAt)
	next.LastActiveAt = max(was.LastActiveAt, p.user.LastActiveAt)
	if next.Metadata, err = was.Metadata.Patched(p.row.Metadata); err != nil {
		return nil, err
	}
	left, patch, err := p.row.contentPatch(was.Content)
	if err != nil {
		return nil, err
	}
	if next.Content, err = users.MergedContent(left, patch, made); err != nil {
		return nil, err
	}
	if err := in.users.CheckContent(false, &next, was); err != nil {
		return nil, err
	}
	if in.changesFactors(p.row) {
		// An import must not bypass the proof that a change of one's own factors and contacts
		// needs.
		for _, by := range in.all {
			if err := in.credentials.CheckOwnFactors(ctx, by, was); err != nil {
				return nil, err
			}
		}
	}
	if next.Provenance, err = in.mergedBrought(was.Provenance, p); err != nil {
		return nil, err
	}
	claims := false
	if next.Details, claims, err = in.mergedDetails(p.row, was.Kuid, was.Details); err != nil {
		return nil, err
	}
	if !p.row.changesCredentials() && !claims {
		return &next, nil
	}
	if !in.how.MergeCredentials {
		next.Provenance.Left = true
		return &next, nil
	}
	for _, by := range in.all {
		if err := in.proved(ctx, by, was); err != nil {
			return nil, err
		}
	}
	if next.Records, err = in.placed(ctx, was, p); err != nil {
		return nil, err
	}
	if next.Contacts, err = in.mergedContacts(p, was, next.Records); err != nil {
		return nil, err
	}
	next.Strategies = users.StrategyNames(next.Records)
	if version, said := next.Version, p.row.PasswordChange; said != "" {
		next = *next.WithPasswordChange(said)
		next.Version = version
	}
	next.Epoch++
	return &next, in.users.CheckRecords(false, &next, was)
}

// changesFactors reports whether merging a row could change second factors or contacts.
func (in *importing) changesFactors(row *Row) bool {
	if patch, all := row.patch(FactorsPart, row.Factors); len(patch) > 0 || all {
		return true
	}
	if !in.how.MergeCredentials {
		return false
	}
	if row.changesContacts() {
		return true
	}
	patch, all := row.patch(CredentialsPart, row.Credentials)
	for strategy := range patch {
		all = all || in.Registry.SecondFactor(strategy) != nil
	}
	return all
}

// mergedBrought returns the provenance from both rows.
func (in *importing) mergedBrought(was *users.Provenance, p *plannedRow) (*users.Provenance, error) {
	if was == nil {
		was = &users.Provenance{}
	}
	next := *p.user.Provenance
	next.Source = cmp.Or(next.Source, was.Source)
	patch, all := p.row.patch(PrivatePart, p.row.Private)
	stored, err := was.Private, error(nil)
	if all {
		stored = nil
	}
	if next.Private, err = mergedPrivate(stored, patch, privateName); err != nil {
		return nil, err
	}
	patch, all = p.row.patch(FactorsPart, p.row.Factors)
	switch {
	case len(patch) == 0 && !all:
		next.Factors, next.Waiting = was.Factors, was.Waiting
		return &next, nil
	case all:
		stored = nil
	default:
		if stored, err = in.openFactors(was); err != nil {
			return nil, err
		}
	}
	if stored, err = mergedPrivate(stored, patch, factorsName); err != nil {
		return nil, err
	}
	next.Factors, next.Waiting = nil, nil
	for _, b := range credentials.BroughtFactors() {
		of, kept := p.user.Provenance.Waiting, true
		if _, given := patch[b.Factor]; !given {
			of, kept = was.Waiting, !all
		}
		if kept && slices.Contains(of, b.Strategy) {
			next.Waiting = append(next.Waiting, b.Strategy)
		}
	}
	if stored != nil {
		next.Factors, err = in.Sealer.Seal(credentials.FactorsPurpose, stored)
	}
	return &next, err
}

// mergedPrivate merges a patch into a stored object, which may be nil, and returns nil if the
// result is empty. The size limit holds for the result.
func mergedPrivate(stored json.RawMessage, patch map[string]any, name string) (json.RawMessage, error) {
	if len(patch) == 0 {
		return stored, nil
	}
	if len(stored) == 0 {
		stored = json.RawMessage("{}")
	}
	merged, err := users.AppendMerged(nil, stored, patch)
	switch {
	case err != nil:
		return nil, err
	case len(merged) > maxPrivateBytes:
		return nil, assert.InvalidArgument.New(name, "at most 64 KiB")
	case string(merged) == "{}":
		return nil, nil
	}
	return merged, nil
}

// stating returns a row's credentials of a strategy without null fields.
func stating(given map[string]any) map[string]any {
	for _, value := range given {
		if value == nil {
			given = maps.Clone(given)
			maps.DeleteFunc(given, func(_ string, value any) bool { return value == nil })
			return given
		}
	}
	return given
}

// placed returns a user's records with the row's put in. A record that replaces another keeps the
// identifiers that the row does not mention.
func (in *importing) placed(ctx context.Context, was *users.User, p *plannedRow) ([]strategies.Record, error) {
	records := slices.Clone(was.Records)
	gone, all := p.row.removes(CredentialsPart)
	if all {
		records = nil
	}
	for _, path := range gone {
		records = in.removed(records, path.strategy(), path.credentials(), p.user.Records)
	}
	for _, name := range slices.Sorted(maps.Keys(p.row.Credentials)) {
		records = in.removed(records, name, p.row.Credentials[name], p.user.Records)
	}
	for _, r := range p.user.Records {
		old := in.Registry.Replaced(records, r)
		if old != nil {
			r.Identifiers = joined(r.Strategy, old.Identifiers, r.Identifiers)
		}
		if old != nil && r.Strategy == externalStrategy {
			strategy := in.Registry.Strategy(r.Strategy)
			who := strategies.Subject{Kuid: was.Kuid, By: strategies.Actor{Kuid: in.by.Kuid}, Reason: strategies.Import}
			if _, err := strategy.Check(ctx, who, strategy.Info(r)); err != nil {
				return nil, err
			}
		}
		if in.Registry.Verifier(r.Strategy) != nil {
			records = without(records, r.Identifiers)
		}
		records = in.Registry.Put(records, r)
	}
	return records, nil
}

// without removes names that were stored without a password, if the row's password comes with the
// same names.
func without(records []strategies.Record, names []strategies.Identifier) []strategies.Record {
	var left []strategies.Record
	for _, r := range records {
		if r.Strategy == externalStrategy {
			r.Identifiers = slices.DeleteFunc(slices.Clone(r.Identifiers), func(id strategies.Identifier) bool { return slices.Contains(names, id) })
			if len(r.Identifiers) == 0 {
				continue
			}
		}
		left = append(left, r)
	}
	return left
}

// joined returns the identifiers of a record that replaces another. A user may have several
// external accounts and addresses of a kind, so a new one does not replace the others.
func joined(strategy string, were, given []strategies.Identifier) []strategies.Identifier {
	kept := slices.DeleteFunc(slices.Clone(were), func(was strategies.Identifier) bool {
		return strategy != externalStrategy && !slices.Contains(given, was) &&
			slices.ContainsFunc(given, func(id strategies.Identifier) bool { return id.Kind == was.Kind })
	})
	for _, id := range given {
		if !slices.Contains(kept, id) {
			kept = append(kept, id)
		}
	}
	return kept
}

// removed returns the records without those that a row removes by null: all credentials of a
// strategy, or the identifiers of a field. A password is removed from the strategy of the family
// that owns it. If only the password is null, its names stay the user's. A name that the row itself
// brings, of any kind, stays too: the user may log in with it.
func (in *importing) removed(records []strategies.Record, name string, given any, brings []strategies.Record) []strategies.Record {
	fields, _ := given.(map[string]any)
	gone := func(id strategies.Identifier) bool {
		field := id.Kind
		if field == users.AccountKind {
			field = externalAccounts
		}
		value, stated := fields[field]
		return stated && value == nil && !slices.ContainsFunc(brings, func(r strategies.Record) bool {
			return slices.ContainsFunc(r.Identifiers, func(other strategies.Identifier) bool { return other.Value == id.Value })
		})
	}
	password := slices.ContainsFunc(passwordFields, func(field string) bool {
		value, stated := fields[field]
		return stated && value == nil
	})
	var left []strategies.Record
	var names []strategies.Identifier
	for _, r := range records {
		if r.Strategy == name || in.Registry.Verifier(r.Strategy) != nil && in.Registry.Verifier(name) != nil {
			if given == nil {
				continue
			}
			r.Identifiers = slices.DeleteFunc(slices.Clone(r.Identifiers), gone)
			if password && in.Registry.Verifier(r.Strategy) != nil {
				names = append(names, r.Identifiers...)
				continue
			}
			if len(r.Identifiers) == 0 && r.Strategy == externalStrategy {
				continue
			}
		}
		left = append(left, r)
	}
	if len(names) == 0 || in.Registry.Strategy(externalStrategy) == nil {
		return left
	}
	kept := strategies.Record{Strategy: externalStrategy, Identifiers: names, UpdatedBy: in.by.Kuid, UpdatedAt: in.Now().UTC().Truncate(time.Millisecond)}
	if old := in.Registry.Replaced(left, kept); old != nil {
		kept.Identifiers = joined(externalStrategy, old.Identifiers, names)
	}
	return in.Registry.Put(left, kept)
}
