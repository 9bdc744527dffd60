package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"bytes"
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// credentialTries is how often a change of credentials starts again because the
// user was being changed. It hashes only once.
const credentialTries = 10

// CreateCredentials gives a user credentials of a strategy and answers what may
// be shown of them.
func (a *Accounts) CreateCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any, visible bool) (shown map[string]any, err error) {
	err = a.askingOwn(ctx, by, func() error {
		shown, err = a.createCredentials(ctx, by, kuid, strategy, in, visible)
		return err
	})
	return shown, err
}

func (a *Accounts) createCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any, visible bool) (map[string]any, error) {
	u, d, err := a.draftFor(ctx, by, kuid, strategy, in, strategies.Create)
	if err != nil {
		return nil, err
	}
	if slices.Contains(u.Strategies, strategy) || a.family[strategy] != nil && len(a.recordsFor(strategy, u.records)) > 0 {
		return nil, strategies.ErrExists.New(strategy)
	}
	if err := a.probe(ctx, kuid, []strategies.Record{{Strategy: strategy, Identifiers: d.Identifiers()}}); err != nil {
		return nil, err
	}
	r, err := a.sealOne(ctx, by, strategy, d)
	if err != nil {
		return nil, err
	}
	if err := a.outside(by, strategies.Record{}, r); err != nil {
		return nil, err
	}
	r.CreatedAt = r.UpdatedAt
	err = a.change(ctx, by, kuid, Edit{Visible: visible, Retries: credentialTries}, func(was *User) (*User, error) {
		if slices.Contains(was.Strategies, strategy) || a.family[strategy] != nil && len(a.recordsFor(strategy, was.records)) > 0 {
			return nil, strategies.ErrExists.New(strategy)
		}
		next := was.with(append(slices.Clone(was.records), r))
		return next, a.checkRecords(by.Self, next, was)
	})
	if err != nil {
		return nil, err
	}
	a.emit(ctx, events.CredentialsCreated, by, subject(events.User, kuid), events.Data{events.Strategy: strategy})
	return a.strategies[strategy].Info(r), nil
}

// UpdateCredentials changes a user's credentials. When what proves the user
// changed, the user's other sessions end in the same commit.
func (a *Accounts) UpdateCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any, visible bool) (map[string]any, error) {
	ctx, at := withAttempt(ctx, by)
	defer at.end()
	var shown map[string]any
	err := a.askingOwn(ctx, by, func() (err error) {
		shown, err = a.updateCredentials(ctx, by, kuid, strategy, in, visible)
		return err
	})
	return shown, at.done(ctx, err)
}

func (a *Accounts) updateCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any, visible bool) (map[string]any, error) {
	u, d, err := a.draftFor(ctx, by, kuid, strategy, in, strategies.Update)
	if err != nil {
		return nil, err
	}
	before := a.recordsFor(strategy, u.records)
	if len(before) == 0 {
		return nil, strategies.ErrMissing.New(strategy)
	}
	if err := a.probe(ctx, kuid, []strategies.Record{{Strategy: strategy, Identifiers: d.Identifiers()}}); err != nil {
		return nil, err
	}
	r, err := a.sealOne(ctx, by, strategy, d)
	if err != nil {
		return nil, err
	}
	if err := a.outside(by, before[0], r); err != nil {
		return nil, err
	}
	revoked, err := a.putRecord(ctx, by, kuid, before[0], r, visible)
	if err != nil {
		return nil, err
	}
	a.emit(ctx, events.CredentialsUpdated, by, subject(events.User, kuid), events.Data{events.Strategy: strategy, events.Everywhere: revoked})
	if slices.Equal(before[0].Identifiers, r.Identifiers) {
		return a.show(r, kuid), nil
	}
	return a.strategies[r.Strategy].Info(r), nil
}

// putRecord replaces a record that was judged before. If it changed meanwhile
// the judgement is worth nothing and the caller starts again.
func (a *Accounts) putRecord(ctx context.Context, by Actor, kuid string, judged, r strategies.Record, visible bool) (revoked bool, err error) {
	revoked = !bytes.Equal(judged.Secret, r.Secret) && !a.KeepTokensOnPasswordChange
	err = a.change(ctx, by, kuid, Edit{Visible: visible, Retries: credentialTries}, func(was *User) (*User, error) {
		i := slices.IndexFunc(was.records, func(at strategies.Record) bool {
			return at.Strategy == judged.Strategy && at.ID == judged.ID
		})
		if i < 0 || !bytes.Equal(was.records[i].Secret, judged.Secret) {
			return nil, storage.ErrConflict.New(kuid)
		}
		r.CreatedAt = was.records[i].CreatedAt
		records := slices.Clone(was.records)
		records[i] = r
		next := was.with(records)
		if revoked {
			next.epoch++
		}
		return next, a.checkRecords(by.Self, next, was)
	})
	if err == nil && revoked {
		a.endOthers(ctx, by, kuid)
	}
	return revoked, err
}

// with is a user's next state with other records.
func (u *User) with(records []strategies.Record) *User {
	next := *u
	next.Version++
	next.records = records
	next.Strategies = strategyNames(records)
	return &next
}

func (a *Accounts) draftFor(ctx context.Context, by Actor, kuid, strategy string, in map[string]any, reason strategies.Reason) (*User, strategies.Draft, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return nil, nil, err
	}
	u, err := a.fresh(ctx, kuid)
	if err != nil {
		return nil, nil, err
	}
	if err := a.foreseeUser(ctx, by, u); err != nil {
		return nil, nil, err
	}
	who, err := a.subject(ctx, u, strategy, by, reason)
	if err != nil {
		return nil, nil, err
	}
	d, err := a.strategies[strategy].Check(ctx, who, in)
	return u, d, err
}

// ValidateCredentials judges credentials without writing them; kuid may be "".
func (a *Accounts) ValidateCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any) (valid bool, err error) {
	err = a.askingOwn(ctx, by, func() error {
		valid, err = a.validateCredentials(ctx, by, kuid, strategy, in)
		return err
	})
	return valid, err
}

func (a *Accounts) validateCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any) (bool, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return false, err
	}
	who := strategies.Subject{By: strategies.Actor{Kuid: by.Kuid}, Reason: strategies.Validate}
	if kuid != "" {
		u, err := a.fresh(ctx, kuid)
		if err == nil {
			who, err = a.subject(ctx, u, strategy, by, strategies.Validate)
		}
		if err != nil && !errors.Is(err, ErrUserNotFound) {
			return false, err
		}
		who.Kuid = kuid
	}
	d, err := a.strategies[strategy].Check(ctx, who, in)
	if err != nil {
		return false, err
	}
	err = a.probe(ctx, kuid, []strategies.Record{{Strategy: strategy, Identifiers: d.Identifiers()}})
	return err == nil, err
}

// DeleteCredentials removes a user's credentials of a strategy. A user who does
// it to own ones may have to prove it again with what in holds. Where they held
// a proof, the user's other sessions end in the same commit, as when it changes:
// whoever has stolen it is not to stay.
func (a *Accounts) DeleteCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any, visible bool) error {
	ctx, at := withAttempt(ctx, by)
	defer at.end()
	return at.done(ctx, a.deleteCredentials(ctx, by, kuid, strategy, in, visible))
}

func (a *Accounts) deleteCredentials(ctx context.Context, by Actor, kuid, strategy string, in map[string]any, visible bool) error {
	if err := a.CheckStrategy(strategy); err != nil {
		return err
	}
	u, err := a.fresh(ctx, kuid)
	if errors.Is(err, ErrUserNotFound) {
		return strategies.ErrMissing.New(strategy)
	}
	if err != nil {
		return err
	}
	if err := a.foreseeUser(ctx, by, u); err != nil {
		return err
	}
	if deleter, ok := a.strategies[strategy].(strategies.Deleter); ok {
		who, err := a.subject(ctx, u, strategy, by, strategies.Update)
		if err != nil {
			return err
		}
		if err := deleter.CheckDelete(ctx, who, in); err != nil {
			return err
		}
	}
	revoked := false
	err = a.change(ctx, by, kuid, Edit{Visible: visible, Retries: credentialTries}, func(was *User) (*User, error) {
		if !slices.Contains(was.Strategies, strategy) {
			return nil, strategies.ErrMissing.New(strategy)
		}
		revoked = false
		next := was.with(slices.DeleteFunc(slices.Clone(was.records), func(r strategies.Record) bool {
			proof := r.Strategy == strategy && len(r.Secret) > 0
			revoked = revoked || proof && !a.KeepTokensOnPasswordChange
			return r.Strategy == strategy
		}))
		if revoked {
			next.epoch++
		}
		return next, nil
	})
	if err != nil {
		return err
	}
	if revoked {
		a.endOthers(ctx, by, kuid)
	}
	a.emit(ctx, events.CredentialsDeleted, by, subject(events.User, kuid), events.Data{events.Strategy: strategy, events.Everywhere: revoked})
	return nil
}

// HasCredentials tells whether the user has credentials of a strategy; a user
// who does not exist has none.
func (a *Accounts) HasCredentials(ctx context.Context, kuid, strategy string) (bool, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return false, err
	}
	u, err := a.User(ctx, kuid)
	if errors.Is(err, ErrUserNotFound) {
		return false, nil
	}
	return slices.Contains(u.Strategies, strategy), err
}

// Credentials answers what may be shown of a user's credentials.
func (a *Accounts) Credentials(ctx context.Context, kuid, strategy string) (map[string]any, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	u, err := a.User(ctx, kuid)
	if err != nil && !errors.Is(err, ErrUserNotFound) {
		return nil, err
	}
	for _, r := range u.records {
		if r.Strategy == strategy {
			return a.show(r, kuid), nil
		}
	}
	return nil, strategies.ErrMissing.New(strategy)
}

// CredentialsByID finds credentials by an identifier of the strategy, such as a
// username, or by a field that it lets be searched.
func (a *Accounts) CredentialsByID(ctx context.Context, id, strategy string) (map[string]any, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	for _, kind := range a.searchable(strategy) {
		key, err := a.naming().claimKey(strategy, strategies.Identifier{Kind: kind, Value: id})
		if err != nil {
			continue
		}
		u, err := a.holder(ctx, key)
		if err != nil {
			return nil, err
		}
		if u == nil {
			continue
		}
		for _, r := range u.records {
			if r.Strategy == strategy {
				return a.show(r, u.Kuid), nil
			}
		}
	}
	return a.credentialsByField(ctx, id, strategy)
}

func (a *Accounts) credentialsByField(ctx context.Context, id, strategy string) (map[string]any, error) {
	searcher, ok := a.strategies[strategy].(strategies.Searcher)
	if !ok {
		return nil, strategies.ErrMissing.New(strategy)
	}
	var fields []query.Node
	for _, field := range searcher.SearchFields() {
		fields = append(fields, query.Terms{Field: credentialField(strategy, field), Values: []any{id}})
	}
	page, err := a.Store.Search(ctx, storage.Users, query.Search{Where: query.Bool{Should: fields, MinShould: 1}, Size: 1})
	if err != nil {
		return nil, err
	}
	if len(page.Hits) == 0 {
		return nil, strategies.ErrMissing.New(strategy)
	}
	return a.Credentials(ctx, page.Hits[0].ID, strategy)
}

// show adds the kuid to what a strategy shows of a record.
func (a *Accounts) show(r strategies.Record, kuid string) map[string]any {
	shown := a.strategies[r.Strategy].Info(r)
	if shown == nil {
		shown = strategies.Credentials{}
	}
	shown["kuid"] = kuid
	return shown
}

// CredentialFields lists the names of a strategy's credential fields.
func (a *Accounts) CredentialFields(strategy string) ([]string, error) {
	if err := a.CheckStrategy(strategy); err != nil {
		return nil, err
	}
	if with, ok := a.strategies[strategy].(strategies.Fields); ok {
		return with.Fields(), nil
	}
	return []string{}, nil
}

// searchable lists the fields by which a strategy's credentials are found: the
// kinds of identifiers that all strategies share, and those it names.
func (a *Accounts) searchable(strategy string) []string {
	fields := []string{"username", "email", "phone"}
	if with, ok := a.strategies[strategy].(strategies.Searcher); ok {
		fields = append(fields, with.SearchFields()...)
	}
	slices.Sort(fields)
	return slices.Compact(fields)
}

func credentialField(strategy, field string) query.Field {
	return query.Field{Area: query.Account, Path: credentialsKey + "." + strategy + "." + field}
}
