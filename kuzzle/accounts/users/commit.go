package users

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/cache"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// AdminLatch is the latch that the first user with the profile admin sets, in the commit that
// creates or changes the user. It stays after the user's deletion; only a reset removes it.
const AdminLatch = RuleVersion + ":latch:admin"

var errNoAdmin = errors.New("accounts: there was no administrator yet")

// AdminExists reports whether the server ever had an administrator since it was set up or reset.
func (us *Users) AdminExists(ctx context.Context) (bool, error) {
	_, err := cache.Get(us.admin, ResetMarker, func() (is struct{}, err error) {
		_, err = us.Store.Owner(ctx, AdminLatch)
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

// Change is a user's next state and how to write it.
type Change struct {
	By      Actor
	Next    *User
	was     *User // nil for a creation
	Visible bool
	// First refuses the change if an administrator ever existed.
	First bool
	// Configured is set if the operator chose the profiles, so that they may exceed by's rights.
	Configured bool
	// Tell are the events that the change causes, for the Outbox.
	Tell []events.Event
	// Once is a key that the change uses up, "" for none. If another change used it first, the
	// error is strategies.ErrTicketUsed.
	Once string
	// SelfNamed is set for a creation in which the new users chose their names.
	SelfNamed bool
	// held is set if the change only removes a profile: by was checked, and nobody can start to
	// hold a profile meanwhile.
	held bool
	// known skips the check that the profiles exist, for changes that keep them.
	known bool
}

// Commit writes a user's next state with its claims. Faults: ErrActing, ErrUserExists,
// storage.ErrConflict, strategies.ErrTaken, ErrAdminExists, strategies.ErrTicketUsed,
// profiles.ErrExceedsOwn, and those about profiles.
func (us *Users) Commit(ctx context.Context, c Change) error {
	write, err := us.Prepare(c)
	if err != nil {
		return err
	}
	own := c.was != nil && c.By.Kuid == c.was.Kuid
	switch {
	case c.held, c.known && (own || !us.containment.limits(c.By)):
		return us.write(ctx, c, write)
	case c.known:
		return us.Rights.Hold(ctx, nil, func() error { return us.contained(ctx, c, write) })
	}
	err = us.Rights.Hold(ctx, c.Next.Profiles, func() error { return us.contained(ctx, c, write) })
	if err == nil {
		us.containment.tellGain(ctx, c)
	}
	return err
}

func (us *Users) contained(ctx context.Context, c Change, write storage.Change) error {
	if err := us.containment.containChange(ctx, c); err != nil {
		return err
	}
	return us.write(ctx, c, write)
}

// Prepare returns the write of a user's next state: the document, and the claims to take and to
// release.
func (us *Users) Prepare(c Change) (storage.Change, error) {
	if c.was != nil {
		if err := c.By.MayChangeLogin(); err != nil && !c.Next.logsInAs(c.was) {
			return storage.Change{}, err
		}
	}
	c.settle(us.Registry, us.Now().UnixMilli())
	c.noteSelfNamed()
	had, err := c.was.Claims(us.names.Naming())
	if err != nil {
		return storage.Change{}, err
	}
	has, err := c.Next.Claims(us.names.Naming())
	if err != nil {
		return storage.Change{}, err
	}
	write := storage.Change{In: storage.Users, ID: c.Next.Kuid, Visible: c.Visible}
	for _, key := range has {
		if !slices.Contains(had, key) {
			if err := us.names.refuseMixed(c.Next, key); err != nil {
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
	if slices.Contains(c.Next.Profiles, profiles.Admin) {
		write.Take = append(write.Take, storage.Take{Key: AdminLatch, Latch: !c.First, Once: c.First})
	}
	if c.Once != "" {
		write.Take = append(write.Take, storage.Take{Key: c.Once, Once: true})
	}
	doc, err := us.document(c.Next)
	if err != nil {
		return write, err
	}
	write.Put = &doc
	if c.was != nil {
		write.If = c.was.rev
		// Content that was written under another mapping must not block a ban.
		write.Restore = bytes.Equal(c.was.Content, doc.Content)
	}
	write.Outbox, err = us.messages(Told{c.By, c.was, c.Next, c.Tell})
	return write, err
}

// settle completes a user's next state with the times of the change. Of two names for logins, the
// credentials' one stays.
func (c *Change) settle(reg *registry.Registry, now int64) {
	next := c.Next
	if at, _ := next.recordUsername(); at >= 0 && next.Detailed().Username != "" {
		d := *next.Details
		d.Username, next.Details = "", nil
		if d != (Details{}) {
			next.Details = &d
		}
	}
	if had, has := factored(reg, c.was), factored(reg, next); had != has {
		d := next.Detailed()
		if has {
			d.FactorsAt = now
		} else {
			d.NoFactorsAt = now
		}
		next.Details = &d
	}
	if c.was != nil && next.PasswordChange != "" && !next.marked && choseAnother(reg, c.was, next) {
		next.PasswordChange = ""
	}
	// The renewal by a login, and a better stored digest, publish no event.
	if c.was != nil && len(c.Tell) > 0 {
		next.UpdatedAt = now
	}
}

// factored reports whether a user can prove a second factor; nil cannot.
func factored(reg *registry.Registry, u *User) bool {
	return u != nil && len(reg.FactorsOf(u.Records)) > 0
}

func (us *Users) document(u *User) (storage.Document, error) {
	auth, err := u.auth()
	if err != nil {
		return storage.Document{}, err
	}
	account, err := us.account(u)
	return storage.Document{
		ID: u.Kuid, Incarnation: u.inStore(), Version: u.Version, Epoch: u.Epoch,
		Content: u.Content, Account: account, Auth: auth,
	}, err
}

// The members of a user's searchable data.
const (
	credentialsKey = "credentials"
	// ClassKey is the cost class of the user's password.
	ClassKey = "passwordClass"
)

// account returns a user's data for searches of accounts: details, contacts, times; per strategy
// the identifiers and searchable fields; and the password's class.
func (us *Users) account(u *User) (json.RawMessage, error) {
	account := map[string]any{}
	u.search(account)
	if len(u.Records) == 0 {
		if len(account) == 0 {
			return nil, nil
		}
		return Encode(account)
	}
	for _, factor := range us.Registry.FactorsOf(u.Records) {
		account[FactorsField] = appendValue(account[FactorsField], factor)
	}
	shown := map[string]any{}
	account[credentialsKey] = shown
	for _, r := range u.Records {
		if class := us.Registry.CostClass(r); class != "" {
			account[ClassKey] = class
		} else {
			account[StrategiesField] = appendValue(account[StrategiesField], r.Strategy)
		}
		fields, ok := shown[r.Strategy].(map[string]any)
		if !ok {
			fields = map[string]any{}
			shown[r.Strategy] = fields
		}
		for _, id := range r.Identifiers {
			fields[id.Kind] = appendValue(fields[id.Kind], id.Value)
		}
		searcher, ok := us.Registry.Strategy(r.Strategy).(strategies.Searcher)
		if !ok {
			continue
		}
		visible := us.Registry.Strategy(r.Strategy).Info(r)
		for _, name := range searcher.SearchFields() {
			if value, ok := visible[name]; ok {
				fields[name] = appendValue(fields[name], value)
			}
		}
	}
	return Encode(account)
}

// appendValue collects the values of several records in a list.
func appendValue(before, value any) any {
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

func (us *Users) write(ctx context.Context, c Change, write storage.Change) error {
	us.cache.Drop(c.Next.Kuid)
	rev, err := us.Store.Commit(ctx, write)
	if (errors.Is(err, storage.ErrBadRequest) || errors.Is(err, storage.ErrStrict)) && !write.Restore && c.keepsContent() {
		write.Restore = true
		rev, err = us.Store.Commit(ctx, write)
	}
	for try := 1; err != nil && try < CredentialTries; try++ {
		again, failed := c.displace(ctx, us, err)
		if failed != nil {
			err = failed
		}
		if !again {
			break
		}
		rev, err = us.Store.Commit(ctx, write)
	}
	us.cache.Drop(c.Next.Kuid)
	if err != nil {
		return us.ExplainRefusal(ctx, c, err)
	}
	c.Next.rev = rev
	us.wrote(write)
	return nil
}

// keepsContent reports whether only members of the content change that the server itself maintains,
// such as the profiles.
func (c *Change) keepsContent() bool {
	if c.was == nil {
		return false
	}
	var was, next map[string]json.RawMessage
	if json.Unmarshal(c.was.Content, &was) != nil || json.Unmarshal(c.Next.Content, &next) != nil {
		return false
	}
	for _, own := range []string{"profileIds", InfoKey} {
		delete(was, own)
		delete(next, own)
	}
	return maps.EqualFunc(was, next, func(a, b json.RawMessage) bool { return bytes.Equal(a, b) })
}

// ExplainRefusal turns a refusal of the store into a fault of the domain.
func (us *Users) ExplainRefusal(ctx context.Context, c Change, err error) error {
	var taken *storage.TakenError
	switch {
	case errors.As(err, &taken) && taken.Key == AdminLatch:
		return ErrAdminExists.New()
	case errors.As(err, &taken) && taken.Key == c.Once:
		return strategies.ErrTicketUsed.New()
	case errors.As(err, &taken):
		holder, _ := us.names.Holder(ctx, taken.Key) // without it the fault names nobody
		return us.names.takenFault(c.Next, taken.Key, holder)
	case errors.Is(err, storage.ErrExists) && c.was == nil:
		return ErrUserExists.New(c.Next.Kuid)
	case errors.Is(err, storage.ErrConflict):
		return storage.ErrConflict.New(c.Next.Kuid)
	}
	return err
}

// Spells reports whether the user has an identifier with the same folded form.
func (u *User) Spells(id strategies.Identifier) bool {
	folded := Fold(id.Value)
	return slices.ContainsFunc(u.identifiers(), func(held strategies.Identifier) bool { return Fold(held.Value) == folded })
}

// ResetMarker is the setting that exists during a reset, so that the next start continues an
// interrupted one.
const ResetMarker = "reset"
