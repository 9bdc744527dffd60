package maintenance

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// ResetCount has the numbers of deleted documents.
type ResetCount struct {
	Users    int `json:"deletedUsers"`
	Profiles int `json:"deletedProfiles"`
	Roles    int `json:"deletedRoles"`
}

// Reset deletes every user, profile and role, writes the standard contents, and lets a first
// administrator be created again. Only one reset runs at a time.
func (c *Care) Reset(ctx context.Context, by users.Actor) (ResetCount, error) {
	if err := c.Rights.ContainAll(ctx, by.Writing()); err != nil {
		return ResetCount{}, err
	}
	if !c.resetting.TryLock() {
		return ResetCount{}, ErrLocked.New("The reset of all security data")
	}
	defer c.resetting.Unlock()
	marker := storage.Document{ID: users.ResetMarker, Version: 1, Content: json.RawMessage(`{}`)}
	_, err := c.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: users.ResetMarker, Put: &marker})
	if err != nil && !errors.Is(err, storage.ErrExists) {
		return ResetCount{}, err
	}
	// From here on the caller is deleted like all users, so the instance finishes the reset.
	by.Open = true
	return c.reset(ctx, by)
}

// ResumeReset finishes an interrupted reset; it is called at the start.
func (c *Care) ResumeReset(ctx context.Context) error {
	_, err := c.Store.Get(ctx, storage.Settings, users.ResetMarker)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = c.reset(ctx, users.Actor{Kuid: users.AnonymousKuid, Operator: true})
	}
	return err
}

func (c *Care) reset(ctx context.Context, by users.Actor) (count ResetCount, err error) {
	if count.Users, err = c.deleteUsers(ctx, by); err != nil {
		return count, err
	}
	if err = c.users.Clear(ctx); err != nil {
		return count, err
	}
	if count.Profiles, count.Roles, err = c.Rights.Reset(ctx, by.Writing()); err != nil {
		return count, err
	}
	// Users who were created meanwhile are deleted too.
	for ended := false; !ended && err == nil; {
		var late int
		if late, err = c.deleteUsers(ctx, by); err == nil {
			ended, err = c.endReset(ctx)
		}
		count.Users += late
	}
	if err == nil {
		c.users.Emit(ctx, events.SecurityReset, by, users.Subject(events.Server, ""), events.Data{events.Count: count.Users})
	}
	return count, err
}

// endReset removes the marker and the latch in one commit, while no user can be created: the latch
// must not be free while an administrator exists. It does nothing if there are users again.
func (c *Care) endReset(ctx context.Context) (ended bool, err error) {
	err = c.Rights.Exclude(func() error {
		if err := c.Store.Refresh(ctx, storage.Users); err != nil {
			return err
		}
		page, err := c.Store.Search(ctx, storage.Users, query.Search{Where: query.All{}, Size: 1})
		if err != nil || len(page.Hits) > 0 {
			return err
		}
		doc, err := c.Store.Get(ctx, storage.Settings, users.ResetMarker)
		if err != nil {
			return err
		}
		c.users.ForgetAdmin()
		_, err = c.Store.Commit(ctx, storage.Change{In: storage.Settings, ID: users.ResetMarker, If: doc.Rev, Free: []string{users.AdminLatch}})
		c.users.ForgetAdmin()
		ended = err == nil
		return err
	})
	return ended, err
}

func (c *Care) deleteUsers(ctx context.Context, by users.Actor) (deleted int, err error) {
	for {
		if err := c.Store.Refresh(ctx, storage.Users); err != nil {
			return deleted, err
		}
		page, err := c.Store.Search(ctx, storage.Users, query.Search{Where: query.All{}, Size: 200})
		if err != nil || len(page.Hits) == 0 {
			return deleted, err
		}
		for _, hit := range page.Hits {
			err := c.users.Delete(ctx, by, hit.ID, false)
			if err != nil && !errors.Is(err, users.ErrUserNotFound) {
				return deleted, err
			}
			deleted++
		}
	}
}
