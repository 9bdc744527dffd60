package credentials

import (
	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// CreateCredentials creates a user's credentials of a strategy and returns the fields that may be
// shown.
func (cs *Credentials) CreateCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any, visible bool) (shown map[string]any, err error) {
	err = cs.attempts.AskingOwn(ctx, by, func() error {
		shown, err = cs.createCredentials(ctx, by, kuid, strategy, in, visible)
		return err
	})
	return shown, err
}

func (cs *Credentials) createCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any, visible bool) (map[string]any, error) {
	u, d, err := cs.draftFor(ctx, by, kuid, strategy, in, strategies.Create)
	if err != nil {
		return nil, err
	}
	if err := cs.checkFactor(ctx, by, u, strategy); err != nil {
		return nil, err
	}
	if slices.Contains(u.Strategies, strategy) || cs.Registry.Verifier(strategy) != nil && len(cs.Registry.RecordsFor(strategy, u.Records)) > 0 {
		return nil, strategies.ErrExists.New(strategy)
	}
	if err := cs.MayTake.Check(ctx, by, u.Records, d.Identifiers()...); err != nil {
		return nil, err
	}
	if err := cs.names.Probe(ctx, kuid, []strategies.Record{{Strategy: strategy, Identifiers: d.Identifiers()}}); err != nil {
		return nil, err
	}
	r, err := cs.sealOne(ctx, by, strategy, d)
	if err != nil {
		return nil, err
	}
	if err := cs.outside(by.Self, strategies.Record{}, r); err != nil {
		return nil, err
	}
	r.CreatedAt = r.UpdatedAt
	err = cs.users.Change(ctx, by, kuid, users.Edit{Visible: visible, Retries: users.CredentialTries, Tell: users.Tell(events.CredentialsCreated, events.Data{events.Strategy: strategy})}, func(was *users.User) (*users.User, error) {
		if err := cs.stillMay(ctx, by, u, was, strategy); err != nil {
			return nil, err
		}
		if slices.Contains(was.Strategies, strategy) || cs.Registry.Verifier(strategy) != nil && len(cs.Registry.RecordsFor(strategy, was.Records)) > 0 {
			return nil, strategies.ErrExists.New(strategy)
		}
		next := was.With(append(slices.Clone(was.Records), r))
		return next, cs.users.CheckRecords(by.Self, next, was)
	})
	if err != nil {
		return nil, err
	}
	if cs.Registry.SecondFactor(strategy) != nil && by.Kuid == kuid && by.SessionID != "" && !by.APIKey {
		// The session that enrols has just proved the new factor. Without this note it is asked for
		// the factor once more.
		if err := cs.sessions.Prove(ctx, by, strategy); err != nil {
			cs.sessions.Log.InfoContext(ctx, "the enrolled factor was not noted in its session", "kuid", kuid, "cause", err)
		}
	}
	cs.users.Emit(ctx, events.CredentialsCreated, by, users.Subject(events.User, kuid), events.Data{events.Strategy: strategy})
	return cs.Registry.Strategy(strategy).Info(r), nil
}

// UpdateCredentials changes a user's credentials. If the proof changes, the user's other sessions
// end in the same commit.
func (cs *Credentials) UpdateCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any, visible bool) (map[string]any, error) {
	ctx, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	var shown map[string]any
	err := cs.attempts.AskingOwn(ctx, by, func() (err error) {
		shown, err = cs.updateCredentials(ctx, by, kuid, strategy, in, visible)
		return err
	})
	return shown, at.Done(ctx, err)
}

func (cs *Credentials) updateCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any, visible bool) (map[string]any, error) {
	u, d, err := cs.draftFor(ctx, by, kuid, strategy, forKeeper(cs.Registry, strategy, in), strategies.Update)
	if errors.Is(err, errUnchanged) {
		return cs.Credentials(ctx, kuid, strategy)
	}
	if err != nil {
		return nil, err
	}
	if err := cs.checkFactor(ctx, by, u, strategy); err != nil {
		return nil, err
	}
	before := cs.Registry.RecordsFor(strategy, u.Records)
	if len(before) == 0 {
		return nil, strategies.ErrMissing.New(strategy)
	}
	if err := cs.MayTake.Check(ctx, by, u.Records, d.Identifiers()...); err != nil {
		return nil, err
	}
	if err := cs.names.Probe(ctx, kuid, []strategies.Record{{Strategy: strategy, Identifiers: d.Identifiers()}}); err != nil {
		return nil, err
	}
	if err := mayAlter(ctx, cs.users, by, u, keeperFor(cs.Registry, strategy), in); err != nil {
		return nil, err
	}
	r, err := cs.sealOne(ctx, by, strategy, d)
	if err != nil {
		return nil, err
	}
	if err := cs.outside(by.Self, before[0], r); err != nil {
		return nil, err
	}
	revoked, err := cs.putRecord(ctx, by, u, before[0], r, visible)
	if err != nil {
		return nil, err
	}
	cs.users.Emit(ctx, events.CredentialsUpdated, by, users.Subject(events.User, kuid), events.Data{events.Strategy: strategy, events.Everywhere: revoked})
	if slices.Equal(before[0].Identifiers, r.Identifiers) {
		return cs.Registry.Show(r, kuid), nil
	}
	return cs.Registry.Strategy(r.Strategy).Info(r), nil
}

// putRecord replaces a record that was checked before. If the record changed meanwhile, the check
// is void and the caller starts again.
func (cs *Credentials) putRecord(ctx context.Context, by users.Actor, u *users.User, seen, r strategies.Record, visible bool) (revoked bool, err error) {
	kuid := u.Kuid
	tell := events.Data{events.Strategy: seen.Strategy}
	if !bytes.Equal(seen.Secret, r.Secret) {
		tell[events.Changed] = []string{events.SecretChanged}
		revoked = !cs.KeepTokensOnPasswordChange
	}
	err = cs.users.Change(ctx, by, kuid, users.Edit{Visible: visible, Retries: users.CredentialTries, Tell: users.Tell(events.CredentialsUpdated, tell)}, func(was *users.User) (*users.User, error) {
		if err := cs.stillMay(ctx, by, u, was, r.Strategy); err != nil {
			return nil, err
		}
		i := slices.IndexFunc(was.Records, func(at strategies.Record) bool {
			return at.Strategy == seen.Strategy && at.ID == seen.ID
		})
		if i < 0 || !bytes.Equal(was.Records[i].Secret, seen.Secret) {
			return nil, storage.ErrConflict.New(kuid)
		}
		r.CreatedAt = was.Records[i].CreatedAt
		records := slices.Clone(was.Records)
		records[i] = r
		next := was.With(records)
		if revoked {
			next.Epoch++
		}
		return next, cs.users.CheckRecords(by.Self, next, was)
	})
	if err == nil && revoked {
		cs.sessions.EndOthers(ctx, by, kuid)
	}
	return revoked, err
}

func (cs *Credentials) draftFor(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any, reason strategies.Reason) (*users.User, strategies.Draft, error) {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return nil, nil, err
	}
	u, err := cs.users.Read(ctx, kuid)
	if err != nil {
		return nil, nil, err
	}
	if err := by.MayChangeLogin(); err != nil {
		return nil, nil, err
	}
	if err := cs.containment.ForeseeUser(ctx, by, u); err != nil {
		return nil, nil, err
	}
	if reason == strategies.Update {
		if in, err = changes(cs.Registry, u, strategy, in); err != nil {
			return nil, nil, err
		}
	}
	who, err := cs.users.Subject(ctx, u, strategy, by, reason)
	if err != nil {
		return nil, nil, err
	}
	d, err := cs.Registry.Strategy(strategy).Check(ctx, who, in)
	return u, d, err
}

// ValidateCredentials checks credentials without writing them; kuid may be "". It compares no
// password with the user's own, which callers could guess then. It judges nothing for another user
// with more rights, since the names, profiles and secrets of the user decide.
func (cs *Credentials) ValidateCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any) (valid bool, err error) {
	err = cs.attempts.AskingOwn(ctx, by, func() error {
		valid, err = cs.validateCredentials(ctx, by, kuid, strategy, in)
		return err
	})
	return valid, err
}

func (cs *Credentials) validateCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any) (bool, error) {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return false, err
	}
	who := strategies.Subject{By: strategies.Actor{Kuid: by.Kuid}, Reason: strategies.Validate}
	if kuid != "" {
		u, err := cs.users.Read(ctx, kuid)
		if err == nil {
			err = cs.containment.ForeseeUser(ctx, by, u)
		}
		if err == nil {
			who, err = cs.users.Subject(ctx, u, strategy, by, strategies.Validate)
		}
		if err != nil && !errors.Is(err, users.ErrUserNotFound) {
			return false, err
		}
		who.Kuid = kuid
	}
	d, err := cs.Registry.Strategy(strategy).Check(ctx, who, in)
	if err != nil {
		return false, err
	}
	err = cs.names.Probe(ctx, kuid, []strategies.Record{{Strategy: strategy, Identifiers: d.Identifiers()}})
	return err == nil, err
}

// DeleteCredentials deletes a user's credentials of a strategy. Users who delete their own may have
// to prove themselves again by in. If the credentials were a proof, the user's other sessions end
// in the same commit, as after a change, to throw out thieves of the proof.
func (cs *Credentials) DeleteCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any, visible bool) error {
	ctx, at := attempts.WithAttempt(ctx, by)
	defer at.End()
	return at.Done(ctx, cs.deleteCredentials(ctx, by, kuid, strategy, in, visible))
}

func (cs *Credentials) deleteCredentials(ctx context.Context, by users.Actor, kuid, strategy string, in map[string]any, visible bool) error {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return err
	}
	u, err := cs.users.Read(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return strategies.ErrMissing.New(strategy)
	}
	if err == nil {
		err = by.MayChangeLogin()
	}
	if err != nil {
		return err
	}
	if err := cs.containment.ForeseeUser(ctx, by, u); err != nil {
		return err
	}
	if err := cs.checkFactor(ctx, by, u, strategy); err != nil {
		return err
	}
	if cs.Registry.SecondFactor(strategy) != nil {
		// An administrator may help users who lost their app before their first login here.
		if u, err = cs.AdoptFactors(ctx, u); err != nil {
			return err
		}
	}
	for _, judge := range []string{keeperFor(cs.Registry, strategy), strategy} {
		if err := mayAlter(ctx, cs.users, by, u, judge, in); err != nil {
			return err
		}
	}
	revoked := false
	err = cs.users.Change(ctx, by, kuid, users.Edit{Visible: visible, Retries: users.CredentialTries, Tell: users.Tell(events.CredentialsDeleted, events.Data{events.Strategy: strategy})}, func(was *users.User) (*users.User, error) {
		if !slices.Contains(was.Strategies, strategy) {
			return nil, strategies.ErrMissing.New(strategy)
		}
		if err := cs.stillMay(ctx, by, u, was, strategy); err != nil {
			return nil, err
		}
		revoked = false
		next := was.With(slices.DeleteFunc(slices.Clone(was.Records), func(r strategies.Record) bool {
			proof := r.Strategy == strategy && len(r.Secret) > 0
			revoked = revoked || proof && !cs.KeepTokensOnPasswordChange
			return r.Strategy == strategy
		}))
		if revoked {
			next.Epoch++
		}
		return next, nil
	})
	if err != nil {
		return err
	}
	if revoked {
		cs.sessions.EndOthers(ctx, by, kuid)
	}
	cs.users.Emit(ctx, events.CredentialsDeleted, by, users.Subject(events.User, kuid), events.Data{events.Strategy: strategy, events.Everywhere: revoked})
	return nil
}

// HasCredentials reports whether the user has credentials of a strategy. A user who does not exist
// has none.
func (cs *Credentials) HasCredentials(ctx context.Context, kuid, strategy string) (bool, error) {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return false, err
	}
	u, err := cs.users.User(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return false, nil
	}
	return slices.Contains(u.Strategies, strategy), err
}

// Credentials returns the fields of a user's credentials that may be shown.
func (cs *Credentials) Credentials(ctx context.Context, kuid, strategy string) (map[string]any, error) {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	u, err := cs.users.User(ctx, kuid)
	if err != nil && !errors.Is(err, users.ErrUserNotFound) {
		return nil, err
	}
	for _, r := range u.Records {
		if r.Strategy == strategy {
			return cs.Registry.Show(r, kuid), nil
		}
	}
	return nil, strategies.ErrMissing.New(strategy)
}

// CredentialsByID finds credentials by an identifier of the strategy, such as a username, or by a
// searchable field.
func (cs *Credentials) CredentialsByID(ctx context.Context, id, strategy string) (map[string]any, error) {
	if err := cs.Registry.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	for _, kind := range cs.Registry.Searchable(strategy) {
		key, err := cs.names.Naming().ClaimKey(strategy, strategies.Identifier{Kind: kind, Value: id})
		if err != nil {
			continue
		}
		u, err := cs.names.Holder(ctx, key)
		if err != nil {
			return nil, err
		}
		if u == nil {
			continue
		}
		for _, r := range u.Records {
			if r.Strategy == strategy {
				return cs.Registry.Show(r, u.Kuid), nil
			}
		}
	}
	return cs.credentialsByField(ctx, id, strategy)
}

func (cs *Credentials) credentialsByField(ctx context.Context, id, strategy string) (map[string]any, error) {
	searcher, ok := cs.Registry.Strategy(strategy).(strategies.Searcher)
	if !ok {
		return nil, strategies.ErrMissing.New(strategy)
	}
	var fields []query.Node
	for _, field := range searcher.SearchFields() {
		fields = append(fields, query.Terms{Field: users.CredentialField(strategy, field), Values: []any{id}})
	}
	page, err := cs.Store.Search(ctx, storage.Users, query.Search{Where: query.Bool{Should: fields, MinShould: 1}, Size: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Hits) == 0 {
		return nil, strategies.ErrMissing.New(strategy)
	}
	return cs.Credentials(ctx, page.Hits[0].ID, strategy)
}
