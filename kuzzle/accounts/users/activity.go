package users

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// activeAtOnce is how many users one write of [Activity] notes.
	activeAtOnce = 100
	// activeWaiting is how many users wait to be noted. Those beyond are told again
	// by their next request.
	activeWaiting = 10_000
	// activePause is how long nothing is noted after the store refused it.
	activePause = time.Second
)

// Activity notes on which day users were active last. Requests only tell of their
// users, and wait for nothing; [Activity.Run] writes, at most once a day for each.
// It is safe for concurrent use.
type Activity struct {
	users *Users
	told  chan struct{}

	mu      sync.Mutex
	waiting map[string]struct{}
}

// NewActivity makes the notes of the users' activity.
func NewActivity(us *Users) *Activity {
	return &Activity{users: us, told: make(chan struct{}, 1), waiting: map[string]struct{}{}}
}

// DayOf is the beginning of a time's day in UTC, in epoch milliseconds.
func DayOf(at time.Time) int64 {
	const day = 24 * 60 * 60 * 1000
	ms := at.UnixMilli()
	return ms - ms%day
}

// Note tells that a user is active now.
func (a *Activity) Note(u *User) {
	if u.LastActiveAt >= DayOf(a.users.Now()) || len(u.Content) > a.users.MaxContent {
		return
	}
	a.mu.Lock()
	if len(a.waiting) < activeWaiting {
		a.waiting[u.Kuid] = struct{}{}
	}
	a.mu.Unlock()
	select {
	case a.told <- struct{}{}:
	default:
	}
}

// Run writes until ctx ends. What is not written then is told again by the users' next
// requests.
func (a *Activity) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-a.told:
		}
		err := a.Flush(ctx)
		if err == nil || ctx.Err() != nil {
			continue
		}
		a.users.Log.WarnContext(ctx, "the activity of users was not kept", "cause", err)
		select {
		case <-ctx.Done():
		case <-time.After(activePause):
		}
	}
}

// Flush writes what was told so far.
func (a *Activity) Flush(ctx context.Context) error {
	for kuids := a.take(); len(kuids) > 0; kuids = a.take() {
		if err := a.write(ctx, kuids); err != nil {
			return err
		}
	}
	return nil
}

func (a *Activity) take() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var kuids []string
	for kuid := range a.waiting {
		if len(kuids) == activeAtOnce {
			break
		}
		kuids = append(kuids, kuid)
		delete(a.waiting, kuid)
	}
	return kuids
}

// write notes that users were active today. A user who was changed at the same
// moment is left for their next request.
func (a *Activity) write(ctx context.Context, kuids []string) error {
	day := DayOf(a.users.Now())
	for len(kuids) > 0 {
		list, left, err := a.users.Users(ctx, kuids)
		if err != nil {
			return err
		}
		var writes []storage.Change
		for i := range list {
			if list[i].LastActiveAt >= day {
				a.users.cache.Drop(list[i].Kuid)
				continue
			}
			next := list[i]
			next.LastActiveAt = day
			write, err := a.users.Prepare(Change{Next: &next, was: &list[i]})
			if err != nil {
				return err
			}
			writes = append(writes, write)
		}
		for i, result := range a.users.Store.CommitMany(ctx, writes) {
			a.users.cache.Drop(writes[i].ID)
			if result.Err != nil && !errors.Is(result.Err, storage.ErrConflict) {
				return result.Err
			}
		}
		kuids = left
	}
	return nil
}
