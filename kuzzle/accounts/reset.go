package accounts

import (
	"github.com/gokuzzle/kuzzle/kuzzle/events"

	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// ResetCount tells what a reset deleted.
type ResetCount struct {
	Users    int `json:"deletedUsers"`
	Profiles int `json:"deletedProfiles"`
	Roles    int `json:"deletedRoles"`
}

// resetMarker is the setting that is there while a reset is under way, so that
// an interrupted one is taken up at the next start.
const resetMarker = "reset"

// Reset deletes every user, profile and role, writes the standard contents and
// opens the server for a first administrator again. Only one runs at a time.
func (a *Accounts) Reset(ctx context.Context, by Actor) (ResetCount, error) {
	if err := a.Rights.ContainAll(ctx, by.Writing()); err != nil {
		return ResetCount{}, err
	}
	if !a.resetting.TryLock() {
		return ResetCount{}, ErrLocked.New("The reset of all security data")
	}
	defer a.resetting.Unlock()
	marker := storage.Document{ID: resetMarker, Version: 1, Content: json.RawMessage(`{}`)}
	_, err := a.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: resetMarker, Put: &marker})
	if err != nil && !errors.Is(err, storage.ErrExists) {
		return ResetCount{}, err
	}
	// From here on the caller is gone with the other users, and the instance ends it.
	by.Open = true
	return a.reset(ctx, by)
}

// ResumeReset ends a reset that was interrupted; it is called at the start.
func (a *Accounts) ResumeReset(ctx context.Context) error {
	_, err := a.Store.Get(ctx, storage.Settings, resetMarker)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = a.reset(ctx, Actor{Kuid: AnonymousKuid, Operator: true})
	}
	return err
}

func (a *Accounts) reset(ctx context.Context, by Actor) (count ResetCount, err error) {
	if count.Users, err = a.deleteUsers(ctx, by); err != nil {
		return count, err
	}
	if err = a.removeAll(ctx, storage.Sessions, query.All{}, nil); err != nil {
		return count, err
	}
	if err = a.removeAll(ctx, storage.APIKeys, query.All{}, nil); err != nil {
		return count, err
	}
	if count.Profiles, count.Roles, err = a.Rights.Reset(ctx, by.Writing()); err != nil {
		return count, err
	}
	// Whoever was created meanwhile goes too.
	for ended := false; !ended && err == nil; {
		var late int
		if late, err = a.deleteUsers(ctx, by); err == nil {
			ended, err = a.endReset(ctx)
		}
		count.Users += late
	}
	if err == nil {
		a.emit(ctx, events.SecurityReset, by, subject(events.Server, ""), events.Data{events.Count: count.Users})
	}
	return count, err
}

// endReset takes the marker away and lets the latch go, in one commit, while
// nobody can be created: the latch must not be free when there is an
// administrator. It does nothing when there are users again.
func (a *Accounts) endReset(ctx context.Context) (ended bool, err error) {
	err = a.Rights.Exclude(func() error {
		if err := a.Store.Refresh(ctx, storage.Users); err != nil {
			return err
		}
		page, err := a.Store.Search(ctx, storage.Users, query.Search{Where: query.All{}, Size: 1})
		if err != nil || len(page.Hits) > 0 {
			return err
		}
		doc, err := a.Store.Get(ctx, storage.Settings, resetMarker)
		if err != nil {
			return err
		}
		a.admin.drop(resetMarker)
		_, err = a.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: resetMarker, If: doc.Rev, Free: []string{AdminLatch}})
		a.admin.drop(resetMarker)
		ended = err == nil
		return err
	})
	return ended, err
}

func (a *Accounts) deleteUsers(ctx context.Context, by Actor) (deleted int, err error) {
	for {
		if err := a.Store.Refresh(ctx, storage.Users); err != nil {
			return deleted, err
		}
		page, err := a.Store.Search(ctx, storage.Users, query.Search{Where: query.All{}, Size: 200})
		if err != nil || len(page.Hits) == 0 {
			return deleted, err
		}
		for _, hit := range page.Hits {
			err := a.Delete(ctx, by, hit.ID, false)
			if err != nil && !errors.Is(err, ErrUserNotFound) {
				return deleted, err
			}
			deleted++
		}
	}
}

// DropSessions ends everybody's sessions; API keys stay.
func (a *Accounts) DropSessions(ctx context.Context, by Actor) error {
	if err := a.Store.Refresh(ctx, storage.Sessions); err != nil {
		return err
	}
	if err := a.removeAll(ctx, storage.Sessions, query.All{}, nil); err != nil {
		return err
	}
	a.Ended("", "")
	a.emit(ctx, events.SessionRevoked, by, subject(events.Session, ""), nil)
	return nil
}
