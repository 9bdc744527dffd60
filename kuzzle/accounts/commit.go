package accounts

import (
	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// AdminLatch is the latch that the first user with the profile admin sets, in
// the commit that creates or changes that user. It outlives them all; only a
// reset lets it go.
const AdminLatch = ruleVersion + ":latch:admin"

var errNoAdmin = errors.New("accounts: there was no administrator yet")

// AdminExists tells whether the server ever had an administrator since it was
// set up or reset.
func (a *Accounts) AdminExists(ctx context.Context) (bool, error) {
	_, err := a.admin.get(resetMarker, func() (is struct{}, err error) {
		_, err = a.Store.Owner(ctx, AdminLatch)
		if errors.Is(err, storage.ErrNotFound) {
			err = errNoAdmin
		}
		return is, err
	})
	if errors.Is(err, errNoAdmin) {
		return false, nil
	}
	return err == nil, err
}

// change is a user's next state and how to write it.
type change struct {
	by      Actor
	next    *User
	was     *User // nil for a creation
	visible bool
	// first refuses unless no administrator ever existed.
	first bool
	// configured profiles are the operator's choice, for which by is not judged.
	configured bool
	// held is set where a profile is taken away: by was judged, and nobody can
	// start holding one meanwhile.
	held bool
	// known skips the check that the profiles exist, for changes that leave
	// them as they are.
	known bool
}

// commit writes a user's next state with its claims. Faults: ErrUserExists,
// storage.ErrConflict, strategies.ErrTaken, ErrAdminExists, profiles.ErrExceedsOwn,
// and those about profiles.
func (a *Accounts) commit(ctx context.Context, c change) error {
	write, err := a.prepare(c)
	if err != nil {
		return err
	}
	own := c.was != nil && c.by.Kuid == c.was.Kuid
	switch {
	case c.held, c.known && (own || !a.limits(c.by)):
		return a.write(ctx, c, write)
	case c.known:
		return a.Rights.Hold(ctx, nil, func() error { return a.contained(ctx, c, write) })
	}
	err = a.Rights.Hold(ctx, c.next.Profiles, func() error { return a.contained(ctx, c, write) })
	if err == nil {
		a.tellGain(ctx, c)
	}
	return err
}

func (a *Accounts) contained(ctx context.Context, c change, write storage.Change) error {
	if err := a.containChange(ctx, c); err != nil {
		return err
	}
	return a.write(ctx, c, write)
}

func (a *Accounts) prepare(c change) (storage.Change, error) {
	had, err := c.was.claims(a.naming())
	if err != nil {
		return storage.Change{}, err
	}
	has, err := c.next.claims(a.naming())
	if err != nil {
		return storage.Change{}, err
	}
	write := storage.Change{In: storage.Users, ID: c.next.Kuid, Visible: c.visible}
	for _, key := range has {
		if !slices.Contains(had, key) {
			if err := a.refuseMixed(c.next.records, key); err != nil {
				return storage.Change{}, err
			}
			write.Take = append(write.Take, storage.Take{Key: key})
		}
	}
	for _, key := range had {
		if !slices.Contains(has, key) {
			write.Free = append(write.Free, key)
		}
	}
	if slices.Contains(c.next.Profiles, profiles.Admin) {
		write.Take = append(write.Take, storage.Take{Key: AdminLatch, Latch: !c.first, Once: c.first})
	}
	doc, err := a.document(c.next)
	if err != nil {
		return write, err
	}
	write.Put = &doc
	if c.was != nil {
		write.If = c.was.rev
	}
	return write, nil
}

func (a *Accounts) document(u *User) (storage.Document, error) {
	auth, err := u.auth()
	if err != nil {
		return storage.Document{}, err
	}
	account, err := a.account(u.records)
	return storage.Document{
		ID: u.Kuid, Incarnation: u.incarnation, Version: u.Version, Epoch: u.epoch,
		Content: u.Content, Account: account, Auth: auth,
	}, err
}

// The members of what is kept of a user for searches.
const (
	credentialsKey = "credentials"
	// classKey holds what verifying the user's password costs.
	classKey = "passwordClass"
)

// account is what searches by credentials see: per strategy the identifiers,
// and the fields that it declares searchable; and the class of the password.
func (a *Accounts) account(records []strategies.Record) (json.RawMessage, error) {
	if len(records) == 0 {
		return nil, nil
	}
	shown := map[string]any{}
	account := map[string]any{credentialsKey: shown}
	for _, r := range records {
		if class := a.costClass(r); class != "" {
			account[classKey] = class
		}
		fields, ok := shown[r.Strategy].(map[string]any)
		if !ok {
			fields = map[string]any{}
			shown[r.Strategy] = fields
		}
		for _, id := range r.Identifiers {
			fields[id.Kind] = also(fields[id.Kind], id.Value)
		}
		searcher, ok := a.strategies[r.Strategy].(strategies.Searcher)
		if !ok {
			continue
		}
		visible := a.strategies[r.Strategy].Info(r)
		for _, name := range searcher.SearchFields() {
			if value, ok := visible[name]; ok {
				fields[name] = also(fields[name], value)
			}
		}
	}
	return encode(account)
}

// also makes a list of what several records say.
func also(before, value any) any {
	switch b := before.(type) {
	case nil:
		return value
	case []any:
		if slices.Contains(b, value) {
			return b
		}
		return append(b, value)
	}
	if before == value {
		return before
	}
	return []any{before, value}
}

func (a *Accounts) write(ctx context.Context, c change, write storage.Change) error {
	a.users.drop(c.next.Kuid)
	rev, err := a.Store.Commit(ctx, write)
	a.users.drop(c.next.Kuid)
	if err != nil {
		return a.explainRefusal(ctx, c, err)
	}
	c.next.rev = rev
	return nil
}

// explainRefusal says in the domain's words why the store refused.
func (a *Accounts) explainRefusal(ctx context.Context, c change, err error) error {
	var taken *storage.TakenError
	switch {
	case errors.As(err, &taken) && taken.Key == AdminLatch:
		return ErrAdminExists.New()
	case errors.As(err, &taken):
		return a.takenFault(ctx, c.next.records, taken.Key)
	case errors.Is(err, storage.ErrExists) && c.was == nil:
		return ErrUserExists.New(c.next.Kuid)
	case errors.Is(err, storage.ErrConflict):
		return storage.ErrConflict.New(c.next.Kuid)
	}
	return err
}

// takenFault names the identifier behind a claim's key, and says where its holder
// spells it otherwise.
func (a *Accounts) takenFault(ctx context.Context, records []strategies.Record, key string) error {
	id, found := a.behind(records, key)
	switch {
	case !found:
		return strategies.ErrTaken.New("identifier")
	case a.naming().alike && a.spelledOtherwise(ctx, id, key):
		return ErrLooksTaken.New(id.Kind).Because(strategies.ErrTaken.New(id.Kind))
	}
	return strategies.ErrTaken.New(id.Kind)
}

// spelledOtherwise reports whether who holds a key has no name that is, folded,
// the same as an identifier: then one looks like the other.
func (a *Accounts) spelledOtherwise(ctx context.Context, id strategies.Identifier, key string) bool {
	u, err := a.holder(ctx, key)
	if err != nil || u == nil {
		return false
	}
	return !u.spells(id)
}

// spells reports whether the user has an identifier that is, folded, the same.
func (u *User) spells(id strategies.Identifier) bool {
	folded := Fold(id.Value)
	return slices.ContainsFunc(u.identifiers(), func(held strategies.Identifier) bool { return Fold(held.Value) == folded })
}

// behind finds the identifier that claims a key.
func (a *Accounts) behind(records []strategies.Record, key string) (strategies.Identifier, bool) {
	for _, r := range records {
		for _, id := range r.Identifiers {
			if own, err := a.naming().claimKeys(r.Strategy, id); err == nil && slices.Contains(own, key) {
				return id, true
			}
		}
	}
	return strategies.Identifier{}, false
}

// refuseMixed refuses a name that is new to its user and mixes scripts.
func (a *Accounts) refuseMixed(records []strategies.Record, key string) error {
	if !a.naming().alike {
		return nil
	}
	if id, found := a.behind(records, key); found && a.naming().refuses(id) {
		return ErrMixedScripts.New(id.Kind)
	}
	return nil
}
