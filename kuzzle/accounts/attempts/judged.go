package attempts

import (
	"context"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// judged keeps the users that a strategy was shown in one request, as they were
// then. Hashing takes its time: what was proved of an earlier state must not
// open a session in, or be written over, a later one.
type judged struct {
	mu    sync.Mutex
	users map[string]*users.User
}

type judgedKey struct{}

func withJudged(ctx context.Context) context.Context {
	return context.WithValue(ctx, judgedKey{}, &judged{users: map[string]*users.User{}})
}

// NoteJudged keeps the first state shown of a user.
func NoteJudged(ctx context.Context, u *users.User) {
	j, ok := ctx.Value(judgedKey{}).(*judged)
	if !ok {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.users[u.Kuid] == nil {
		j.users[u.Kuid] = u
	}
}

// JudgedUser is the state that a strategy was shown, nil when it was shown none.
func JudgedUser(ctx context.Context, kuid string) *users.User {
	j, ok := ctx.Value(judgedKey{}).(*judged)
	if !ok {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.users[kuid]
}
