package credentials

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/attempts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// NewUser is a user to create.
type NewUser struct {
	// ID is the kuid; "" generates one of the given form.
	ID   string
	Form kuid.Form
	// Content has profileIds and the application's data.
	Content map[string]any
	// Credentials are keyed by strategy.
	Credentials map[string]any
	// Contacts, Metadata, Details, Standing and CreatedAt are known data of the user from another
	// system: see [users.Names.CheckContacts] and [users.CheckMetadata]. CreatedAt is in epoch
	// milliseconds, 0 for now.
	Contacts  []users.Contact
	Metadata  map[string]any
	Details   users.Details
	Standing  users.Standing
	CreatedAt int64
	// Imported credentials are accepted as in an import: the rules for passwords do not apply.
	Imported bool
	// PasswordChange is the note about the password; see [users.ChangeRecommended].
	PasswordChange string
	// Visible waits until searches see the user.
	Visible bool
	// Once has the meaning of [users.Change]: the key of the invitation that the user accepts.
	Once string
	// Newcomer is set if the client itself becomes the user, such as by a login.
	Newcomer bool

	first bool
	// own is set if users create themselves, who may do less.
	own bool
	// Configured is set if the operator chose the profiles, and not the caller.
	Configured bool
	// Instead replaces the user with the same id.
	Instead bool
}

// IDTries is how often an existing generated id is replaced by another.
const IDTries = 8

// Create creates a user with credentials, or changes nothing.
//
// Faults, in the order of the checks: an invalid _id, ErrUnknownStrategy, profileIds that are not
// strings, ErrNoProfile, an unknown profile, ErrContentTooLarge, ErrUserExists, the strategies'
// faults, strategies.ErrTaken, ErrCredentialsTooLarge.
func (cs *Credentials) Create(ctx context.Context, by users.Actor, nu NewUser) (users.User, error) {
	drafts, u, err := cs.Plan(ctx, by, nu)
	if err == nil {
		err = cs.admit(ctx, by, nu, drafts)
	}
	if err != nil {
		return users.User{}, err
	}
	if err := cs.Seal(cs.Probing(ctx, u, drafts), by, u, drafts); err != nil {
		return users.User{}, err
	}
	for _, r := range u.Records {
		if err := cs.outside(nu.chosen(by), strategies.Record{}, r); err != nil {
			return users.User{}, err
		}
	}
	if err := cs.users.CheckRecords(nu.own, u, nil); err != nil {
		return users.User{}, err
	}
	for try := 1; ; try++ {
		err := cs.users.Commit(ctx, users.Change{By: by, Next: u, Visible: nu.Visible, First: nu.first, Configured: nu.Configured, Tell: users.Tell(events.UserCreated, nil), Once: nu.Once, SelfNamed: nu.selfNamed(by)})
		if nu.ID == "" && errors.Is(err, users.ErrUserExists) && try < IDTries {
			if u.Kuid, err = cs.NewKuid(nu.Form); err == nil {
				continue
			}
		}
		if err != nil {
			return users.User{}, err
		}
		break
	}
	cs.users.Emit(ctx, events.UserCreated, by, users.Subject(events.User, u.Kuid), events.Data{events.ProfileIDs: u.Profiles, events.Strategies: u.Strategies})
	return *u, nil
}

// CreateRestricted creates a user with the configured profiles; a request with others is a fault.
// Strangers are limited, see attempts.Asking.
func (cs *Credentials) CreateRestricted(ctx context.Context, by users.Actor, nu NewUser) (u users.User, err error) {
	nu.own, nu.Configured = true, true
	err = cs.attempts.Asking(ctx, by, func() error {
		u, err = cs.createWith(ctx, by, nu, cs.RestrictedProfiles)
		return err
	})
	return u, err
}

// selfNamed reports whether the new users chose their names themselves: at a sign-up, with an
// invitation, or if no particular caller creates them.
func (nu *NewUser) selfNamed(by users.Actor) bool {
	return nu.own || nu.Once != "" || !nu.Newcomer && !nu.first && by.Kuid == users.AnonymousKuid && !by.Instance()
}

// chosen reports whether the new users chose their credentials themselves. Strategies let them
// choose no more than users who change their own. Callers who may create users of any kind are
// free.
func (nu *NewUser) chosen(by users.Actor) bool {
	return (nu.own || nu.Once != "") && !by.Creates && !by.Instance()
}

// admit checks whether a stranger may become a user with the given names: at a sign-up, at a login
// that creates the user, with an invitation, or if no particular caller creates the user. The
// address of an invitation is already admitted.
func (o *Options) admit(ctx context.Context, by users.Actor, nu NewUser, drafts []Draft) error {
	if o.MaySignUp == nil || !nu.Newcomer && !nu.selfNamed(by) {
		return nil
	}
	var names []string
	for _, d := range drafts {
		for _, id := range d.Draft.Identifiers() {
			names = append(names, id.Value)
		}
	}
	if nu.Details.Username != "" {
		names = append(names, nu.Details.Username)
	}
	if nu.Once != "" {
		return o.MayTake(ctx, names)
	}
	for i := range nu.Contacts {
		names = append(names, nu.Contacts[i].Value)
	}
	return o.MaySignUp(ctx, names)
}

// Taking refuses names that users may not give themselves.
type Taking func(ctx context.Context, names []string) error

// Check checks the names that a user adds to the earlier ones.
func (may Taking) Check(ctx context.Context, by users.Actor, had []strategies.Record, taken ...strategies.Identifier) error {
	if !by.Self || may == nil {
		return nil
	}
	var names []string
	for _, id := range taken {
		if !slices.ContainsFunc(had, func(r strategies.Record) bool { return slices.Contains(r.Identifiers, id) }) {
			names = append(names, id.Value)
		}
	}
	return may(ctx, names)
}

// FirstAdmin creates the first administrator, once, and on request restricts the rights of
// everybody else.
func (cs *Credentials) FirstAdmin(ctx context.Context, by users.Actor, nu NewUser, restrict bool) (users.User, error) {
	if exists, err := cs.users.AdminExists(ctx); err != nil {
		return users.User{}, err
	} else if exists {
		return users.User{}, users.ErrAdminExists.New()
	}
	nu.first = true
	u, err := cs.createWith(ctx, by, nu, []string{profiles.Admin})
	if err != nil {
		return u, err
	}
	cs.users.Emit(ctx, events.AdminFirst, by, users.Subject(events.User, u.Kuid), nil)
	if !restrict {
		return u, nil
	}
	return u, cs.Rights.Restrict(ctx, rights.Write{By: events.Actor{Kuid: u.Kuid}, Request: by.RequestID, Instance: true})
}

func (cs *Credentials) createWith(ctx context.Context, by users.Actor, nu NewUser, profileIDs []string) (users.User, error) {
	if _, given := nu.Content["profileIds"]; given {
		return users.User{}, assert.Forbidden.New("body.content.profileIds")
	}
	content := maps.Clone(nu.Content)
	if content == nil {
		content = map[string]any{}
	}
	content["profileIds"] = users.Anys(profileIDs)
	nu.Content = content
	return cs.Create(ctx, by, nu)
}

// Plan checks everything that needs no hash.
func (cs *Credentials) Plan(ctx context.Context, by users.Actor, nu NewUser) ([]Draft, *users.User, error) {
	id, err := cs.newKuid(nu)
	if err != nil {
		return nil, nil, err
	}
	names := slices.Sorted(maps.Keys(nu.Credentials))
	for _, name := range names {
		if err := cs.Registry.CheckStrategy(name); err != nil {
			return nil, nil, err
		}
	}
	u, err := cs.users.NewUser(ctx, by, id, nu.Content, nu.own)
	if err == nil && nu.known() {
		err = cs.tell(u, nu)
	}
	if err != nil {
		return nil, nil, err
	}
	if !nu.first && !nu.Configured {
		if err := cs.containment.Foresee(ctx, by, u.Profiles...); err != nil {
			return nil, nil, err
		}
	}
	if nu.ID != "" && !nu.Instead {
		if _, err := cs.Store.Get(ctx, storage.Users, id); err == nil {
			return nil, nil, users.ErrUserExists.New(id)
		} else if !errors.Is(err, storage.ErrNotFound) {
			return nil, nil, err
		}
	}
	drafts, err := cs.check(ctx, by, u, names, nu)
	return drafts, u, err
}

// known reports whether the user has more data than content and credentials.
func (nu *NewUser) known() bool {
	return len(nu.Contacts)+len(nu.Metadata) > 0 || nu.Details != (users.Details{}) || nu.Standing != (users.Standing{}) || nu.CreatedAt != 0 || nu.PasswordChange != ""
}

// tell sets the known data of a user.
func (cs *Credentials) tell(u *users.User, nu NewUser) (err error) {
	now := cs.Now().UnixMilli()
	if nu.CreatedAt != 0 {
		if err := u.MadeAt(nu.CreatedAt); err != nil {
			return err
		}
	}
	if u.Contacts, err = cs.names.CheckContacts("contacts", nu.Contacts, now); err != nil {
		return err
	}
	if err := users.CheckMetadata("metadata", nu.Metadata, users.MetadataKinds()); err != nil {
		return err
	}
	if u.Metadata, err = u.Metadata.Replaced(nu.Metadata); err != nil {
		return err
	}
	if nu.Details != (users.Details{}) {
		u.Details = &nu.Details
	}
	u.Standing, u.UpdatedAt, u.PasswordChange = nu.Standing, now, nu.PasswordChange
	return nil
}

func (cs *Credentials) newKuid(nu NewUser) (string, error) {
	switch nu.ID {
	case "":
		return cs.NewKuid(nu.Form)
	case profiles.Anonymous:
		return "", assert.InvalidArgument.New("_id", "an id other than anonymous, which stands for callers who are not logged in")
	}
	return nu.ID, kuid.Check(nu.ID)
}

// Draft is a credential that was checked and not hashed yet.
type Draft struct {
	Strategy string
	Draft    strategies.Draft
}

// check lets the strategies check a new user's credentials, in the given order.
func (cs *Credentials) check(ctx context.Context, by users.Actor, u *users.User, names []string, nu NewUser) ([]Draft, error) {
	var drafts []Draft
	owner := ""
	for _, name := range names {
		in, err := cs.CredentialsOf(nu.Credentials, name, &owner)
		if err != nil {
			return nil, err
		}
		who, err := cs.users.Subject(ctx, u, name, by, reasonOf(cs.Registry, by, name, nu.Imported, strategies.Create))
		if err != nil {
			return nil, err
		}
		who.By.Self = who.By.Self || nu.chosen(by)
		d, err := cs.Registry.Strategy(name).Check(ctx, who, in)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, Draft{name, d})
	}
	return drafts, nil
}

// reasonOf returns the reason with which a strategy checks credentials. It is Import for imported
// ones, and for second factors that come with a key of the instance, since only the user could
// prove these.
func reasonOf(reg *registry.Registry, by users.Actor, strategy string, brought bool, otherwise strategies.Reason) strategies.Reason {
	if brought || by.Service != "" && reg.SecondFactor(strategy) != nil {
		return strategies.Import
	}
	return otherwise
}

// CredentialsOf returns the part of a new user's credentials for a strategy. owner is the strategy
// of the password family that was already met, if any.
func (cs *Credentials) CredentialsOf(credentials map[string]any, name string, owner *string) (map[string]any, error) {
	if cs.Registry.Verifier(name) != nil {
		if *owner != "" {
			return nil, ErrOneFamily.New(*owner, name)
		}
		*owner = name
	}
	in, ok := credentials[name].(map[string]any)
	if !ok {
		return nil, assert.InvalidType.New("body.credentials."+name, "object")
	}
	return in, nil
}

// Probing refuses taken names before anything is hashed. If nothing needs a hash, the commit finds
// them just as soon.
func (cs *Credentials) Probing(ctx context.Context, u *users.User, drafts []Draft) context.Context {
	if len(drafts) == 0 {
		return ctx
	}
	return attempts.BeforeHashing(ctx, func() error {
		wanted := *u
		wanted.Records = make([]strategies.Record, len(drafts))
		for i, d := range drafts {
			wanted.Records[i] = strategies.Record{Strategy: d.Strategy, Identifiers: d.Draft.Identifiers()}
		}
		return cs.names.ProbeAll(ctx, &wanted)
	})
}

// Seal hashes every draft and gives the records to the user.
func (cs *Credentials) Seal(ctx context.Context, by users.Actor, u *users.User, drafts []Draft) error {
	for _, d := range drafts {
		r, err := cs.sealOne(ctx, by, d.Strategy, d.Draft)
		if err != nil {
			return err
		}
		r.CreatedAt = r.UpdatedAt
		u.Records = append(u.Records, r)
	}
	u.Strategies = users.StrategyNames(u.Records)
	return nil
}

func (cs *Credentials) sealOne(ctx context.Context, by users.Actor, strategy string, d strategies.Draft) (strategies.Record, error) {
	r, err := d.Seal(cs.attempts.HashingFor(ctx, by))
	if err != nil {
		return r, err
	}
	if r.Strategy == "" {
		r.Strategy = strategy
	}
	r.UpdatedAt, r.UpdatedBy = cs.Now().UTC().Truncate(time.Millisecond), by.Kuid
	return r, nil
}

// Upsert updates a user that exists. Otherwise it creates one from the defaults, overlaid by the
// content. Credentials only count for a creation.
func (cs *Credentials) Upsert(ctx context.Context, by users.Actor, nu NewUser, defaults map[string]any, e users.Edit) (u users.User, created bool, err error) {
	for range 1 + e.Retries {
		u, err = cs.users.Update(ctx, by, nu.ID, nu.Content, e)
		if !errors.Is(err, users.ErrUserNotFound) {
			return u, false, err
		}
		fresh := nu
		fresh.Content = maps.Clone(defaults)
		if fresh.Content == nil {
			fresh.Content = map[string]any{}
		}
		maps.Copy(fresh.Content, nu.Content)
		u, err = cs.Create(ctx, by, fresh)
		if !errors.Is(err, users.ErrUserExists) {
			return u, err == nil, err
		}
	}
	return u, false, err
}
