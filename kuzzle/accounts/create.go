package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// NewUser is a user to be made.
type NewUser struct {
	// ID is the kuid; "" makes one of the given form.
	ID   string
	Form kuid.Form
	// Content holds profileIds and whatever else the application keeps.
	Content map[string]any
	// Credentials are keyed by strategy.
	Credentials map[string]any
	// Visible waits until searches see the user.
	Visible bool

	first bool
	// own is set when users make themselves, for whom less is allowed.
	own bool
	// configured profiles are the operator's choice, not the caller's.
	configured bool
	// instead puts the user in place of the one of that id.
	instead bool
}

// idTries is how often a generated id that exists is replaced by another.
const idTries = 8

// Create makes a user with its credentials, or changes nothing.
//
// Faults, in the order of the checks: a bad _id, ErrUnknownStrategy, profileIds
// that are not strings, ErrNoProfile, an unknown profile, ErrContentTooLarge,
// ErrUserExists, what the strategies say, strategies.ErrTaken,
// ErrCredentialsTooLarge.
func (a *Accounts) Create(ctx context.Context, by Actor, nu NewUser) (User, error) {
	drafts, u, err := a.plan(ctx, by, nu)
	if err != nil {
		return User{}, err
	}
	if err := a.seal(a.probing(ctx, u, drafts), by, u, drafts); err != nil {
		return User{}, err
	}
	if err := a.checkRecords(nu.own, u, nil); err != nil {
		return User{}, err
	}
	for try := 1; ; try++ {
		err := a.commit(ctx, change{by: by, next: u, visible: nu.Visible, first: nu.first, configured: nu.configured})
		if nu.ID == "" && errors.Is(err, ErrUserExists) && try < idTries {
			if u.Kuid, err = a.NewKuid(nu.Form); err == nil {
				continue
			}
		}
		if err != nil {
			return User{}, err
		}
		break
	}
	a.emit(ctx, events.UserCreated, by, subject(events.User, u.Kuid), events.Data{events.ProfileIDs: u.Profiles, events.Strategies: u.Strategies})
	return *u, nil
}

// CreateRestricted makes a user with the configured profiles; naming others is
// a fault. How often strangers may is limited, see asking.
func (a *Accounts) CreateRestricted(ctx context.Context, by Actor, nu NewUser) (u User, err error) {
	nu.own, nu.configured = true, true
	err = a.asking(ctx, by, func() error {
		u, err = a.createWith(ctx, by, nu, a.RestrictedProfiles)
		return err
	})
	return u, err
}

// FirstAdmin makes the first administrator, of which there can be one, and
// restricts everybody else's rights when asked to.
func (a *Accounts) FirstAdmin(ctx context.Context, by Actor, nu NewUser, restrict bool) (User, error) {
	if exists, err := a.AdminExists(ctx); err != nil {
		return User{}, err
	} else if exists {
		return User{}, ErrAdminExists.New()
	}
	nu.first = true
	u, err := a.createWith(ctx, by, nu, []string{profiles.Admin})
	if err != nil {
		return u, err
	}
	a.emit(ctx, events.AdminFirst, by, subject(events.User, u.Kuid), nil)
	if !restrict {
		return u, nil
	}
	return u, a.Rights.Restrict(ctx, rights.Write{By: events.Actor{Kuid: u.Kuid}, Request: by.RequestID, Instance: true})
}

func (a *Accounts) createWith(ctx context.Context, by Actor, nu NewUser, profileIDs []string) (User, error) {
	if _, given := nu.Content["profileIds"]; given {
		return User{}, assert.Forbidden.New("body.content.profileIds")
	}
	content := maps.Clone(nu.Content)
	if content == nil {
		content = map[string]any{}
	}
	content["profileIds"] = anys(profileIDs)
	nu.Content = content
	return a.Create(ctx, by, nu)
}

// plan checks everything that can be checked without hashing.
func (a *Accounts) plan(ctx context.Context, by Actor, nu NewUser) ([]draft, *User, error) {
	id, err := a.newKuid(nu)
	if err != nil {
		return nil, nil, err
	}
	for _, name := range slices.Sorted(maps.Keys(nu.Credentials)) {
		if err := a.CheckStrategy(name); err != nil {
			return nil, nil, err
		}
	}
	u, err := a.newUser(ctx, by, id, nu.Content)
	if err == nil {
		err = a.checkContent(nu.own, u, nil)
	}
	if err != nil {
		return nil, nil, err
	}
	if !nu.first && !nu.configured {
		if err := a.foresee(ctx, by, u.Profiles...); err != nil {
			return nil, nil, err
		}
	}
	if nu.ID != "" && !nu.instead {
		if _, err := a.Store.Get(ctx, storage.Users, id); err == nil {
			return nil, nil, ErrUserExists.New(id)
		} else if !errors.Is(err, storage.ErrNotFound) {
			return nil, nil, err
		}
	}
	drafts, err := a.check(ctx, by, u, nu.Credentials)
	return drafts, u, err
}

func (a *Accounts) newKuid(nu NewUser) (string, error) {
	switch nu.ID {
	case "":
		return a.NewKuid(nu.Form)
	case profiles.Anonymous:
		return "", assert.InvalidArgument.New("_id", "an id other than anonymous, which names whoever is not logged in")
	}
	return nu.ID, kuid.Check(nu.ID)
}

func (a *Accounts) newUser(ctx context.Context, by Actor, id string, content map[string]any) (*User, error) {
	profileIDs, err := a.profileIDs(ctx, id, content["profileIds"])
	if err != nil {
		return nil, err
	}
	return freshUser(id, profileIDs, content, info{Author: by.Kuid, CreatedAt: a.Now().UnixMilli()})
}

func freshUser(id string, profileIDs []string, content map[string]any, made info) (*User, error) {
	source, err := source(content, made)
	return &User{
		Kuid: id, Version: 1, Content: source, Profiles: profileIDs,
		incarnation: uuid.Must(uuid.NewV7()).String(),
	}, err
}

// profileIDs judges the profiles that a write names.
func (a *Accounts) profileIDs(ctx context.Context, kuid string, value any) ([]string, error) {
	ids, err := profileList(kuid, value)
	if err != nil {
		return nil, err
	}
	return ids, a.Rights.Exist(ctx, ids)
}

func profileList(kuid string, value any) ([]string, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, assert.InvalidType.New("profileIds", "string[]")
	}
	ids := make([]string, len(list))
	for i, element := range list {
		if ids[i], ok = element.(string); !ok {
			return nil, assert.InvalidType.New("profileIds", "string[]")
		}
	}
	if len(ids) == 0 {
		return nil, ErrNoProfile.New(kuid)
	}
	return ids, nil
}

// source is a content as stored: what the client may not set is left out.
func source(content map[string]any, by info) ([]byte, error) {
	stored := make(map[string]any, len(content)+1)
	for key, value := range content {
		if key != idKey && key != infoKey {
			stored[key] = value
		}
	}
	stored[infoKey] = by
	return encode(stored)
}

// draft is a credential that was checked and not yet hashed.
type draft struct {
	strategy string
	draft    strategies.Draft
}

// check judges a new user's credentials. Strategies are asked in the order of
// their names.
func (a *Accounts) check(ctx context.Context, by Actor, u *User, credentials map[string]any) ([]draft, error) {
	var drafts []draft
	owner := ""
	for _, name := range slices.Sorted(maps.Keys(credentials)) {
		in, err := a.credentialsOf(credentials, name, &owner)
		if err != nil {
			return nil, err
		}
		who, err := a.subject(ctx, u, name, by, strategies.Create)
		if err != nil {
			return nil, err
		}
		d, err := a.strategies[name].Check(ctx, who, in)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, draft{name, d})
	}
	return drafts, nil
}

// credentialsOf answers what a new user's credentials hold for a strategy. owner
// is the one of the password family that was met before, if any.
func (a *Accounts) credentialsOf(credentials map[string]any, name string, owner *string) (map[string]any, error) {
	if a.family[name] != nil {
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

// probe refuses identifiers that somebody else holds, before anything is hashed
// for them. The commit finds those that are taken in between.
func (a *Accounts) probe(ctx context.Context, kuid string, records []strategies.Record) error {
	wanted := User{Kuid: kuid, records: records}
	keys, err := wanted.claims(a.naming())
	if err != nil {
		return err
	}
	for _, key := range keys {
		claim, err := a.Store.Owner(ctx, key)
		if errors.Is(err, storage.ErrNotFound) {
			if err := a.refuseMixed(records, key); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if claim.Of == storage.Users && claim.Owner == kuid {
			continue
		}
		holder, err := a.confirmed(ctx, key, claim)
		if err != nil {
			return err
		}
		if holder != nil {
			return a.takenFault(ctx, records, key)
		}
	}
	return nil
}

// probing refuses names that are taken before anything is hashed for them.
// Where nothing has to be hashed the commit finds them as soon.
func (a *Accounts) probing(ctx context.Context, u *User, drafts []draft) context.Context {
	return beforeHashing(ctx, func() error {
		wanted := make([]strategies.Record, len(drafts))
		for i, d := range drafts {
			wanted[i] = strategies.Record{Strategy: d.strategy, Identifiers: d.draft.Identifiers()}
		}
		return a.probe(ctx, u.Kuid, wanted)
	})
}

// seal hashes every draft and gives the user its records.
func (a *Accounts) seal(ctx context.Context, by Actor, u *User, drafts []draft) error {
	for _, d := range drafts {
		r, err := a.sealOne(ctx, by, d.strategy, d.draft)
		if err != nil {
			return err
		}
		r.CreatedAt = r.UpdatedAt
		u.records = append(u.records, r)
	}
	u.Strategies = strategyNames(u.records)
	return nil
}

func (a *Accounts) sealOne(ctx context.Context, by Actor, strategy string, d strategies.Draft) (strategies.Record, error) {
	r, err := d.Seal(hashingFor(ctx, a, by))
	if err != nil {
		return r, err
	}
	if r.Strategy == "" {
		r.Strategy = strategy
	}
	r.UpdatedAt, r.UpdatedBy = a.Now().UTC().Truncate(time.Millisecond), by.Kuid
	return r, nil
}

func anys(texts []string) []any {
	list := make([]any, len(texts))
	for i, text := range texts {
		list[i] = text
	}
	return list
}
