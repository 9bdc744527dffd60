package users

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// activeAtOnce is how many users [Activity] writes at once.
	activeAtOnce = 100
	// activeWaiting is how many users may wait for the write. Further users are noted at their next
	// request.
	activeWaiting = 10_000
	// activePause is how long writes pause after the store refused one.
	activePause = time.Second
)

// Activity stores the day on which users were last active. Requests only note their users, and
// never wait; [Activity.Run] writes each user at most once a day. It is safe for concurrent use.
type Activity struct {
	users *Users
	told  chan struct{}

	mu      sync.Mutex
	waiting map[string]struct{}
}

// NewActivity returns an Activity of the users.
func NewActivity(us *Users) *Activity {
	return &Activity{users: us, told: make(chan struct{}, 1), waiting: map[string]struct{}{}}
}

// DayOf returns the beginning of a time's day in UTC, in epoch milliseconds.
func DayOf(at time.Time) int64 {
	const day = 24 * 60 * 60 * 1000
	ms := at.UnixMilli()
	return ms - ms%day
}

// Note records that a user is active now.
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

// Run writes until ctx ends. Users that it has not written then are noted again at their next
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
		a.users.Log.WarnContext(ctx, "the activity of users was not stored", "cause", err)
		select {
		case <-ctx.Done():
		case <-time.After(activePause):
		}
	}
}

// Flush writes the noted users.
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

// write stores that users were active today. A user with a concurrent change is left to the next
// request.
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
