package attempts

import (
	"context"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// seenUsers keeps the users that a strategy saw in one request, in the state at that time. Hashing
// takes time. A proof about an earlier state must neither open a session in a later one nor
// overwrite it.
type seenUsers struct {
	mu    sync.Mutex
	users map[string]*users.User
}

type seenKey struct{}

func withSeen(ctx context.Context) context.Context {
	return context.WithValue(ctx, seenKey{}, &seenUsers{users: map[string]*users.User{}})
}

// NoteSeen keeps the first state of a user that a strategy saw.
func NoteSeen(ctx context.Context, u *users.User) {
	seen, ok := ctx.Value(seenKey{}).(*seenUsers)
	if !ok {
		return
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	if seen.users[u.Kuid] == nil {
		seen.users[u.Kuid] = u
	}
}

// ForgetSeen forgets the states that strategies saw, before a proof is checked again.
func ForgetSeen(ctx context.Context) {
	if seen, ok := ctx.Value(seenKey{}).(*seenUsers); ok {
		seen.mu.Lock()
		defer seen.mu.Unlock()
		clear(seen.users)
	}
}

// SeenUser returns the state that a strategy saw, nil if it saw none.
func SeenUser(ctx context.Context, kuid string) *users.User {
	seen, ok := ctx.Value(seenKey{}).(*seenUsers)
	if !ok {
		return nil
	}
	seen.mu.Lock()
	defer seen.mu.Unlock()
	return seen.users[kuid]
}
