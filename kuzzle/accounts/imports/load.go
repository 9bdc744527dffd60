package imports

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Securities are roles, profiles and users to load together, each by id. A user has the form
// {content, credentials}.
type Securities struct {
	Roles, Profiles, Users map[string]any
	// OnExisting is the treatment of users who exist: fail, skip, overwrite.
	OnExisting     string
	Force, Visible bool
}

// The treatments of users who exist.
const (
	FailOnExisting    = "fail"
	SkipExisting      = "skip"
	OverwriteExisting = "overwrite"
	loadRetries       = 10
)

// Load writes roles, then profiles, then users. It checks everything first, so that one wrong
// definition leaves nothing behind. An interruption leaves what was already written, and loading
// again completes it.
func (im *Imports) Load(ctx context.Context, by users.Actor, s Securities) error {
	if err := by.MayChangeLogin(); err != nil {
		return err
	}
	existing, err := im.existing(ctx, s)
	if err != nil {
		return err
	}
	if err := im.checkLoad(ctx, by, s, existing); err != nil {
		return err
	}
	w := s.writing(by)
	for _, id := range slices.Sorted(maps.Keys(s.Roles)) {
		if _, err := im.Rights.PutRole(ctx, id, s.Roles[id].(map[string]any), w); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Profiles)) {
		if _, err := im.Rights.PutProfile(ctx, id, s.Profiles[id].(map[string]any), w); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Users)) {
		if err := im.loadUser(ctx, by, id, s, existing[id]); err != nil {
			return err
		}
	}
	im.users.Emit(ctx, events.SecurityLoaded, by, users.Subject(events.Server, ""), events.Data{events.Count: len(s.Roles) + len(s.Profiles) + len(s.Users)})
	return nil
}

func (s Securities) writing(by users.Actor) rights.Write {
	w := by.Writing()
	w.Force, w.Visible, w.Retries = s.Force, s.Visible, loadRetries
	return w
}

// existing returns which of the users exist, and refuses the load if OnExisting is fail.
func (im *Imports) existing(ctx context.Context, s Securities) (map[string]bool, error) {
	found := map[string]bool{}
	err := storage.Each(ctx, im.Store, storage.Users, slices.Sorted(maps.Keys(s.Users)), func(docs []storage.Document) error {
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

func (im *Imports) checkLoad(ctx context.Context, by users.Actor, s Securities, existing map[string]bool) error {
	for _, id := range slices.Sorted(maps.Keys(s.Roles)) {
		body, ok := s.Roles[id].(map[string]any)
		if !ok {
			return assert.InvalidType.New("body.roles."+id, "object")
		}
		if err := im.Rights.JudgeRole(ctx, id, body, s.writing(by)); err != nil {
			return err
		}
	}
	for _, id := range slices.Sorted(maps.Keys(s.Profiles)) {
		body, ok := s.Profiles[id].(map[string]any)
		if !ok {
			return assert.InvalidType.New("body.profiles."+id, "object")
		}
		if err := im.Rights.JudgeProfile(ctx, id, body, s.Roles, s.writing(by)); err != nil {
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
		nu.Instead = existing[id]
		if nu.Instead {
			if err := im.mayReplace(ctx, by, id); err != nil {
				return err
			}
		}
		drafts, err := im.checkLoadedUser(ctx, by, nu, s)
		if err == nil && nu.Instead {
			err = im.keepsDemands(ctx, by, nu, s)
		}
		if err != nil {
			return err
		}
		if err := im.claimOnce(drafts, names); err != nil {
			return err
		}
	}
	return nil
}

// mayReplace refuses to overwrite a user who may do more than the caller, and callers who overwrite
// themselves without a proof of their second factor.
func (im *Imports) mayReplace(ctx context.Context, by users.Actor, id string) error {
	if err := im.containment.ContainKuid(ctx, by, id); err != nil || by.Kuid != id {
		return err
	}
	u, err := im.users.Read(ctx, id)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil // deleted meanwhile: the load creates the user
	}
	if err != nil {
		return err
	}
	return im.proved(ctx, by, u)
}

// keepsDemands refuses to take a demand for factors from an overwritten user. The demands of profiles
// in the load are not stored yet; the write of the user compares them.
func (im *Imports) keepsDemands(ctx context.Context, by users.Actor, nu credentials.NewUser, s Securities) error {
	next, err := users.ProfileList(nu.ID, nu.Content[users.ProfilesKey])
	if err != nil {
		return err
	}
	u, err := im.users.User(ctx, nu.ID)
	if errors.Is(err, users.ErrUserNotFound) {
		return nil // deleted meanwhile: the load creates the user
	}
	inLoad := func(id string) bool { return s.Profiles[id] != nil }
	if err != nil || slices.ContainsFunc(slices.Concat(u.Profiles, next), inLoad) {
		return err
	}
	return im.containment.KeepsDemands(ctx, by, u.Profiles, next)
}

// proved refuses callers who change their own credentials without a proof of the second factor they
// have.
func (im *Imports) proved(ctx context.Context, by users.Actor, u *users.User) error {
	if len(im.Registry.FactorsOf(u.Records)) == 0 {
		return nil
	}
	return im.credentials.CheckOwnFactors(ctx, by, u)
}

// claimOnce refuses a user with a name of another user in the same load.
func (im *Imports) claimOnce(drafts []credentials.Draft, names map[string]bool) error {
	own := map[string]bool{}
	for _, d := range drafts {
		for _, name := range d.Draft.Identifiers() {
			keys, err := im.names.Naming().ClaimKeys(d.Strategy, name)
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

// checkLoadedUser checks a user whose profiles may be in the same load.
func (im *Imports) checkLoadedUser(ctx context.Context, by users.Actor, nu credentials.NewUser, s Securities) ([]credentials.Draft, error) {
	content := maps.Clone(nu.Content)
	profileIDs, _ := content["profileIds"].([]any)
	content["profileIds"] = slices.DeleteFunc(slices.Clone(profileIDs), func(id any) bool {
		name, isText := id.(string)
		return isText && s.Profiles[name] != nil
	})
	planned := nu
	planned.Content = content
	if len(profileIDs) > 0 && len(content["profileIds"].([]any)) == 0 {
		// All of them are in the load: any existing profile can stand for them.
		content["profileIds"] = []any{profiles.Anonymous}
	}
	drafts, _, err := im.credentials.Plan(ctx, by, planned)
	return drafts, err
}

func loaded(id string, s Securities) (credentials.NewUser, error) {
	user, ok := s.Users[id].(map[string]any)
	if !ok {
		return credentials.NewUser{}, assert.InvalidType.New("body.users."+id, "object")
	}
	content, ok := user["content"].(map[string]any)
	if !ok {
		return credentials.NewUser{}, assert.InvalidType.New("body.users."+id+".content", "object")
	}
	given, ok := user["credentials"].(map[string]any)
	if !ok && user["credentials"] != nil {
		return credentials.NewUser{}, assert.InvalidType.New("body.users."+id+".credentials", "object")
	}
	return credentials.NewUser{ID: id, Content: content, Credentials: given, Visible: s.Visible}, nil
}

func (im *Imports) loadUser(ctx context.Context, by users.Actor, id string, s Securities, exists bool) error {
	if exists && s.OnExisting == SkipExisting {
		return nil
	}
	nu, err := loaded(id, s)
	if err != nil {
		return err
	}
	if exists {
		nu.Instead = true
		if err = im.overwrite(ctx, by, nu); !errors.Is(err, users.ErrUserNotFound) {
			return err
		}
		nu.Instead = false
	}
	_, err = im.credentials.Create(ctx, by, nu)
	return err
}

// overwrite replaces a stored user in one commit, so that a refusal or interruption leaves the old
// or the new one. All that was made for the old one ends with that commit; what follows only tells
// of it and frees space.
func (im *Imports) overwrite(ctx context.Context, by users.Actor, nu credentials.NewUser) error {
	drafts, u, err := im.credentials.Plan(ctx, by, nu)
	if err != nil {
		return err
	}
	if err := im.credentials.Seal(im.credentials.Probing(ctx, u, drafts), by, u, drafts); err != nil {
		return err
	}
	if err := im.users.CheckRecords(false, u, nil); err != nil {
		return err
	}
	var replaced *users.User
	err = im.users.Change(ctx, by, nu.ID, users.Edit{
		Visible: nu.Visible, Retries: loadRetries, Tell: slices.Concat(users.Tell(events.UserDeleted, nil), users.Tell(events.UserCreated, nil)),
	}, func(was *users.User) (*users.User, error) {
		if err := im.proved(ctx, by, was); err != nil {
			return nil, err
		}
		replaced = was
		return u.Replacing(was), nil
	})
	if err != nil {
		return err
	}
	im.users.Ended(ctx, u.Kuid)
	im.users.Emit(ctx, events.UserDeleted, by, users.Subject(events.User, u.Kuid), nil)
	im.users.Sweep(ctx, replaced)
	im.users.Emit(ctx, events.UserCreated, by, users.Subject(events.User, u.Kuid), events.Data{events.ProfileIDs: u.Profiles, events.Strategies: u.Strategies})
	return nil
}
