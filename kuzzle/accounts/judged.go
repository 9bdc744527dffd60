package accounts

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
)

// judged keeps the users that a strategy was shown in one request, as they were
// then. Hashing takes its time: what was proved of an earlier state must not
// open a session in, or be written over, a later one.
type judged struct {
	mu    sync.Mutex
	users map[string]*User
}

type judgedKey struct{}

func withJudged(ctx context.Context) context.Context {
	return context.WithValue(ctx, judgedKey{}, &judged{users: map[string]*User{}})
}

// noteJudged keeps the first state shown of a user.
func noteJudged(ctx context.Context, u *User) {
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

// judgedUser is the state that a strategy was shown, nil when it was shown none.
func judgedUser(ctx context.Context, kuid string) *User {
	j, ok := ctx.Value(judgedKey{}).(*judged)
	if !ok {
		return nil
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.users[kuid]
}

// stands tells whether what was proved of a user holds for the state now: the
// same incarnation, whose sessions nobody ended since.
func (u *User) stands(now *User) bool {
	return u == nil || u.incarnation == now.incarnation && u.epoch == now.epoch
}

// unchanged refuses to write records in place of others than those that were
// judged: a password chosen meanwhile wins over the renewal of the one before,
// and what was deleted meanwhile stays deleted.
func (a *Accounts) unchanged(judged, now *User, strategy string, out strategies.Outcome) error {
	if judged == nil {
		return nil
	}
	ok := judged.incarnation == now.incarnation && (out.Revoke || judged.epoch == now.epoch)
	for _, r := range slices.Concat(out.Put, out.Drop) {
		r.Strategy = orDefault(r.Strategy, strategy)
		ok = ok && sameSecret(a.placeOf(judged.records, r), a.placeOf(now.records, r))
	}
	if !ok {
		return storage.ErrConflict.New(now.Kuid)
	}
	return nil
}

// placeOf is the record that put would replace, nil for none.
func (a *Accounts) placeOf(records []strategies.Record, put strategies.Record) *strategies.Record {
	for i, r := range records {
		if sameRecord(r, put) || a.family[r.Strategy] != nil && a.family[put.Strategy] != nil {
			return &records[i]
		}
	}
	return nil
}

func sameSecret(a, b *strategies.Record) bool {
	if a == nil || b == nil {
		return a == b
	}
	return sameRecord(*a, *b) && bytes.Equal(a.Secret, b.Secret)
}
