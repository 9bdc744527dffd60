package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Securities are roles, profiles and users to be loaded together, each by id.
// A user is {content, credentials}.
type Securities struct {
	Roles, Profiles, Users map[string]any
	// OnExisting says what to do with users that exist: fail, skip, overwrite.
	OnExisting     string
	Force, Visible bool
}

// The answers to users that exist already.
const (
	FailOnExisting    = "fail"
	SkipExisting      = "skip"
	OverwriteExisting = "overwrite"
	loadRetries       = 10
)

// Load writes roles, then profiles, then users. Everything is checked first, so
// that a wrong definition anywhere leaves nothing behind; an interruption leaves
// what was written, and loading again completes it.
func (a *Accounts) Load(ctx context.Context, by Actor, s Securities) error {
	existing, err := a.existing(ctx, s)
	if err != nil {
		return err
	}
	if err := a.checkLoad(ctx, by, s, existing); err != nil {
		return err
	}
	w := s.writing(by)
	for _, id := range slices.Sorted(maps.Keys(s.Roles)) {
		if _, err := a.Rights.PutRole(ctx, id, s.Roles[id].(map[string]any), w); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Profiles)) {
		if _, err := a.Rights.PutProfile(ctx, id, s.Profiles[id].(map[string]any), w); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Users)) {
		if err := a.loadUser(ctx, by, id, s, existing[id]); err != nil {
			return err
		}
	}
	a.emit(ctx, events.SecurityLoaded, by, subject(events.Server, ""), events.Data{events.Count: len(s.Roles) + len(s.Profiles) + len(s.Users)})
	return nil
}

func (s Securities) writing(by Actor) rights.Write {
	w := by.Writing()
	w.Force, w.Visible, w.Retries = s.Force, s.Visible, loadRetries
	return w
}

// existing tells which of the users exist, and refuses if they must not.
func (a *Accounts) existing(ctx context.Context, s Securities) (map[string]bool, error) {
	found := map[string]bool{}
	err := storage.Each(ctx, a.Store, storage.Users, slices.Sorted(maps.Keys(s.Users)), func(docs []storage.Document) error {
		for _, doc := range docs {
			found[doc.ID] = true
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(found) == 0 {
		return found, nil
	}
	switch s.OnExisting {
	case FailOnExisting:
		return nil, ErrPreventOverwrite.New()
	case SkipExisting, OverwriteExisting:
		return found, nil
	}
	return nil, assert.Unexpected.New(s.OnExisting, []string{FailOnExisting, SkipExisting, OverwriteExisting})
}

func (a *Accounts) checkLoad(ctx context.Context, by Actor, s Securities, existing map[string]bool) error {
	for _, id := range slices.Sorted(maps.Keys(s.Roles)) {
		body, ok := s.Roles[id].(map[string]any)
		if !ok {
			return assert.InvalidType.New("body.roles."+id, "object")
		}
		if err := a.Rights.JudgeRole(ctx, id, body, s.writing(by)); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Profiles)) {
		body, ok := s.Profiles[id].(map[string]any)
		if !ok {
			return assert.InvalidType.New("body.profiles."+id, "object")
		}
		if err := a.Rights.JudgeProfile(ctx, id, body, s.Roles, s.writing(by)); err != nil {
			return err
		}
	}
	names := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(s.Users)) {
		nu, err := loaded(id, s)
		if err != nil {
			return err
		}
		if existing[id] && s.OnExisting == SkipExisting {
			continue
		}
		nu.instead = existing[id]
		if nu.instead {
			if err := a.containKuid(ctx, by, id); err != nil {
				return err
			}
		}
		drafts, err := a.checkLoadedUser(ctx, by, nu, s)
		if err != nil {
			return err
		}
		if err := a.claimOnce(drafts, names); err != nil {
			return err
		}
	}
	return nil
}

// claimOnce refuses a user whose names another one of the same load has.
func (a *Accounts) claimOnce(drafts []draft, names map[string]bool) error {
	own := map[string]bool{}
	for _, d := range drafts {
		for _, name := range d.draft.Identifiers() {
			keys, err := a.naming().claimKeys(d.strategy, name)
			if err != nil {
				return err
			}
			for _, key := range keys {
				if names[key] {
					return strategies.ErrTaken.New(name.Kind)
				}
				own[key] = true
			}
		}
	}
	maps.Copy(names, own)
	return nil
}

// checkLoadedUser judges a user whose profiles may be among those to be loaded.
func (a *Accounts) checkLoadedUser(ctx context.Context, by Actor, nu NewUser, s Securities) ([]draft, error) {
	content := maps.Clone(nu.Content)
	profileIDs, _ := content["profileIds"].([]any)
	content["profileIds"] = slices.DeleteFunc(slices.Clone(profileIDs), func(id any) bool {
		name, isText := id.(string)
		return isText && s.Profiles[name] != nil
	})
	planned := nu
	planned.Content = content
	if len(profileIDs) > 0 && len(content["profileIds"].([]any)) == 0 {
		// All of them are to be loaded: any profile stands in for them.
		content["profileIds"] = []any{profiles.Anonymous}
	}
	drafts, _, err := a.plan(ctx, by, planned)
	return drafts, err
}

func loaded(id string, s Securities) (NewUser, error) {
	user, ok := s.Users[id].(map[string]any)
	if !ok {
		return NewUser{}, assert.InvalidType.New("body.users."+id, "object")
	}
	content, ok := user["content"].(map[string]any)
	if !ok {
		return NewUser{}, assert.InvalidType.New("body.users."+id+".content", "object")
	}
	credentials, ok := user["credentials"].(map[string]any)
	if !ok && user["credentials"] != nil {
		return NewUser{}, assert.InvalidType.New("body.users."+id+".credentials", "object")
	}
	return NewUser{ID: id, Content: content, Credentials: credentials, Visible: s.Visible}, nil
}

func (a *Accounts) loadUser(ctx context.Context, by Actor, id string, s Securities, exists bool) error {
	if exists && s.OnExisting == SkipExisting {
		return nil
	}
	nu, err := loaded(id, s)
	if err != nil {
		return err
	}
	if exists {
		nu.instead = true
		if err = a.overwrite(ctx, by, nu); !errors.Is(err, ErrUserNotFound) {
			return err
		}
		nu.instead = false
	}
	_, err = a.Create(ctx, by, nu)
	return err
}

// overwrite puts a user in place of the one that is there, in one commit: a
// refusal or an interruption leaves the one or the other. Sessions end with that
// commit, API keys right after it; an interruption in between leaves those to
// the next load.
func (a *Accounts) overwrite(ctx context.Context, by Actor, nu NewUser) error {
	drafts, u, err := a.plan(ctx, by, nu)
	if err != nil {
		return err
	}
	if err := a.seal(a.probing(ctx, u, drafts), by, u, drafts); err != nil {
		return err
	}
	if err := a.checkRecords(false, u, nil); err != nil {
		return err
	}
	var replaced *User
	err = a.change(ctx, by, nu.ID, Edit{Visible: nu.Visible, Retries: loadRetries}, func(was *User) (*User, error) {
		replaced = was
		next := *u
		next.incarnation, next.Version, next.epoch = was.incarnation, was.Version+1, was.epoch+1
		return &next, nil
	})
	if err != nil {
		return err
	}
	a.endedAll(ctx, u.Kuid)
	a.emit(ctx, events.UserDeleted, by, subject(events.User, u.Kuid), nil)
	a.sweep(ctx, replaced)
	a.emit(ctx, events.UserCreated, by, subject(events.User, u.Kuid), events.Data{events.ProfileIDs: u.Profiles, events.Strategies: u.Strategies})
	return nil
}
