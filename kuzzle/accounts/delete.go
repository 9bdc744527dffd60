package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"encoding/json"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/profiles"
	"github.com/gokuzzle/kuzzle/strategies"
)

// removePage is how many documents are removed between two searches.
const removePage = 200

// deleteTries is how often a deletion starts again because what is to be deleted
// was being changed.
const deleteTries = 10

// Delete removes a user, and with it credentials, identifiers, sessions and API
// keys: they carry its incarnation and are worth nothing from the commit on.
func (a *Accounts) Delete(ctx context.Context, by Actor, kuid string, visible bool) error {
	var u *User
	for try := 1; ; try++ {
		var err error
		if u, err = a.fresh(ctx, kuid); err != nil {
			return err
		}
		err = a.Rights.Hold(ctx, nil, func() error {
			if err := a.containUser(ctx, by, u); err != nil {
				return err
			}
			a.users.drop(kuid)
			_, err := a.Store.Commit(ctx, storage.Change{In: storage.Users, ID: kuid, If: u.rev, Visible: visible})
			a.users.drop(kuid)
			return err
		})
		if errors.Is(err, storage.ErrConflict) && try < deleteTries {
			continue
		}
		if err != nil {
			return err
		}
		break
	}
	a.endedAll(ctx, kuid)
	a.emit(ctx, events.UserDeleted, by, subject(events.User, kuid), nil)
	a.sweep(ctx, u)
	return nil
}

// sweep removes what a deleted user leaves behind; it spares whoever was created
// anew under that id. Nothing of it works any more, so a failure only costs room
// until it expires.
func (a *Accounts) sweep(ctx context.Context, u *User) {
	for _, in := range []storage.Collection{storage.Sessions, storage.APIKeys} {
		theirs := func(hit storage.Hit) bool { return incarnationIn(in, hit) == u.incarnation }
		if err := a.removeAll(ctx, in, ownedBy(in, u.Kuid), theirs); err != nil {
			a.Log.WarnContext(ctx, "leftovers of a deleted user stay until they expire", "collection", in, "cause", err)
		}
	}
}

// incarnationIn is that of the user whom a session or an API key was made for.
func incarnationIn(in storage.Collection, hit storage.Hit) string {
	part := hit.Content
	if in == storage.APIKeys {
		part = hit.Account
	}
	var of struct {
		Incarnation string `json:"incarnation"`
	}
	if json.Unmarshal(part, &of) != nil {
		return ""
	}
	return of.Incarnation
}

func ownedBy(in storage.Collection, kuid string) query.Node {
	field := query.Field{Path: "kuid"}
	if in == storage.APIKeys {
		field.Path = "userId"
	}
	return query.Terms{Field: field, Values: []any{kuid}}
}

// removeAll deletes what a query finds, page by page; which, if given, picks
// from it.
func (a *Accounts) removeAll(ctx context.Context, in storage.Collection, where query.Node, which func(storage.Hit) bool) error {
	search := query.Search{Where: where, Size: removePage}
	removed := false
	for {
		page, err := a.Store.Search(ctx, in, search)
		if err == nil && len(page.Hits) == 0 && removed {
			err = a.Store.Refresh(ctx, in)
		}
		if err != nil || len(page.Hits) == 0 {
			return err
		}
		for _, hit := range page.Hits {
			if which != nil && !which(hit) {
				continue
			}
			if _, err := a.remove(ctx, in, hit.ID); err != nil {
				return err
			}
			removed = true
		}
		search.After = page.Hits[len(page.Hits)-1].Sort
	}
}

// remove deletes a document whatever its revision; ok is false when it was gone.
func (a *Accounts) remove(ctx context.Context, in storage.Collection, id string) (ok bool, err error) {
	for try := 1; ; try++ {
		err = a.removeRead(ctx, in, id)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		if !errors.Is(err, storage.ErrConflict) || try == deleteTries {
			return err == nil, err
		}
	}
}

// removeRead deletes a document as it was just read; a conflict is that it was
// changed since.
func (a *Accounts) removeRead(ctx context.Context, in storage.Collection, id string) error {
	doc, err := a.Store.Get(ctx, in, id)
	if err == nil {
		_, err = a.Store.Commit(ctx, storage.Change{In: in, ID: id, If: doc.Rev})
	}
	switch in {
	case storage.Sessions:
		a.sessions.drop(id)
	case storage.APIKeys:
		a.keys.drop(id)
	}
	return err
}

// DeleteProfile removes a profile. onAssigned says what to do when users hold
// it: "remove" takes it from them, leaving anonymous where nothing else is left;
// anything else refuses. An interrupted removal can be run again.
func (a *Accounts) DeleteProfile(ctx context.Context, by Actor, id, onAssigned string, visible bool) error {
	err := a.Rights.Exclude(func() error {
		if err := a.Rights.DeletableProfile(ctx, id); err != nil {
			return err
		}
		if err := a.contain(ctx, by, id); err != nil {
			return err
		}
		if err := a.Store.Refresh(ctx, storage.Users); err != nil {
			return err
		}
		if err := a.release(ctx, by, id, onAssigned == "remove"); err != nil {
			return err
		}
		return a.Rights.DeleteProfile(ctx, id, visible)
	})
	if err == nil {
		a.emit(ctx, events.ProfileDeleted, by, subject(events.Profile, id), nil)
	}
	return err
}

// release takes a profile from everybody who holds it, or refuses when somebody
// does.
func (a *Accounts) release(ctx context.Context, by Actor, id string, remove bool) error {
	holders := query.Search{
		Where: query.Terms{Field: query.Field{Path: "profileIds"}, Values: []any{id}}, Size: 100,
	}
	for {
		page, err := a.Store.Search(ctx, storage.Users, holders)
		if err != nil || len(page.Hits) == 0 {
			return err
		}
		if !remove {
			return profiles.ErrProfileInUse.New(id)
		}
		for _, hit := range page.Hits {
			err := a.withoutProfile(ctx, by, hit.ID, id)
			if err != nil && !errors.Is(err, ErrUserNotFound) {
				return err
			}
		}
		if err := a.Store.Refresh(ctx, storage.Users); err != nil {
			return err
		}
	}
}

func (a *Accounts) withoutProfile(ctx context.Context, by Actor, kuid, id string) error {
	return a.change(ctx, by, kuid, Edit{Retries: deleteTries, held: true}, func(was *User) (*User, error) {
		if !slices.Contains(was.Profiles, id) {
			return nil, nil
		}
		left := slices.DeleteFunc(slices.Clone(was.Profiles), func(p string) bool { return p == id })
		if len(left) == 0 {
			left = []string{profiles.Anonymous}
		}
		return a.withProfiles(was, by, left)
	})
}

// withProfiles is a user's next state with other profiles.
func (a *Accounts) withProfiles(was *User, by Actor, profileIDs []string) (*User, error) {
	made, err := storedInfo(was.Content)
	if err != nil {
		return nil, err
	}
	made.UpdatedAt, made.Updater = a.Now().UnixMilli(), by.Kuid
	next := *was
	next.Version++
	next.Profiles = profileIDs
	next.Content, err = mergedContent(was.Content, map[string]any{profilesKey: anys(profileIDs)}, made)
	return &next, err
}

// CheckWriteLimit refuses more ids than one request may name.
func (a *Accounts) CheckWriteLimit(ids int) error {
	if ids > a.MaxWrites {
		return ErrWriteLimit.New()
	}
	return nil
}

// CheckStrategy refuses the name of a strategy that is not there.
func (a *Accounts) CheckStrategy(name string) error {
	if a.strategies[name] == nil {
		return ErrUnknownStrategy.New(name)
	}
	return nil
}

// Redirects reports whether a strategy's login may come by a redirect.
func (a *Accounts) Redirects(name string) bool {
	_, redirects := a.strategies[name].(strategies.Redirector)
	return redirects
}
