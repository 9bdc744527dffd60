package organizations

import (
	"context"
	"crypto/rand"
	"errors"
	"hash/maphash"
	"log/slog"
	mathrand "math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// tries is how often a change is tried after conflicts.
	tries = 50
	// grace is the age from which another process may end an intent. It is far longer than a change
	// takes.
	grace = time.Minute
	// finishing bounds the rest of a change whose caller has gone.
	finishing = 20 * time.Second
	// trace is how long a removed membership stays as a trace, a hundred times as long as a writer
	// may take.
	trace = time.Hour
)

// Organizations are the organizations of an instance. It is safe for concurrent use.
type Organizations struct {
	*base
	Members     *Members
	Invitations *Invitations
}

// Members are the memberships of all organizations. It is safe for concurrent use.
type Members struct{ *base }

// Invitations are the invitations of all organizations. It is safe for concurrent use.
type Invitations struct {
	*base
	members *Members
}

// base holds the parts that the three types share.
type base struct {
	store  storage.Store
	users  *users.Users
	outbox Outbox
	log    *slog.Logger
	now    func() time.Time
	turns  turns
	// closed is set if users without a setting of their own may not create organizations.
	closed atomic.Bool
}

// New returns the organizations of a store, and registers memberships to be deleted with their
// user. outbox may be nil.
func New(store storage.Store, us *users.Users, outbox Outbox) *Organizations {
	b := &base{store: store, users: us, outbox: outbox, log: us.Log, now: us.Now, turns: newTurns()}
	ms := &Members{b}
	os := &Organizations{b, ms, &Invitations{b, ms}}
	us.Depend(dependents{os})
	return os
}

func (b *base) emit(ctx context.Context, name string, by users.Actor, kind, id string, data events.Data) {
	b.users.Emit(ctx, name, by, users.Subject(kind, id), data)
}

func (b *base) millis() int64 { return b.now().UnixMilli() }

// The prefixes of ids.
const (
	idPrefix           = "org_"
	membershipPrefix   = "orgmem_"
	invitationPrefix   = "orginv_"
	intentPrefix       = "op_"
	letters            = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	idLength           = 27
	lettersThatAreEven = 256 / len(letters) * len(letters)
)

// newID returns an id of 160 random bits.
func newID(prefix string) string {
	id := append(make([]byte, 0, len(prefix)+idLength), prefix...)
	var random [2 * idLength]byte
	for len(id) < len(prefix)+idLength {
		_, _ = rand.Read(random[:]) // never fails
		for _, b := range random {
			if int(b) < lettersThatAreEven && len(id) < len(prefix)+idLength {
				id = append(id, letters[int(b)%len(letters)])
			}
		}
	}
	return string(id)
}

// turns runs the changes of one organization in this process one after another, so that they do not
// conflict. Two organizations may share a turn.
type turns struct {
	seed  maphash.Seed
	gates [64]chan struct{}
}

func newTurns() turns {
	t := turns{seed: maphash.MakeSeed()}
	for i := range t.gates {
		t.gates[i] = make(chan struct{}, 1)
	}
	return t
}

// wait waits for the turn, and returns the function that ends it.
func (t *turns) wait(ctx context.Context, id string) (done func(), err error) {
	gate := t.gates[maphash.String(t.seed, id)%uint64(len(t.gates))]
	select {
	case gate <- struct{}{}:
		return func() { <-gate }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// pause waits a little before a conflicting write is tried again.
func pause(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(1+mathrand.IntN(5<<min(try, 4))) * time.Millisecond):
		return nil
	}
}

// ending returns a context for the rest of a begun change, which does not end with the request.
func ending(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), finishing)
}

// again reports whether a commit failed because of a conflict.
func again(err error) bool {
	return errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists)
}
