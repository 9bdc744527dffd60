package pictures

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/blobs"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// MaxBytes is the most that a picture has.
	MaxBytes = blobs.MaxBytes
	// Memory is what reading or writing one holds.
	Memory = blobs.Memory
	// tries is how often a change starts again because the owner was being changed,
	// and how often a picture is read again that was replaced meanwhile.
	tries = 10
	// cleaning is how long a picture that nobody has any more is tried to be removed
	// at once.
	cleaning = 10 * time.Second
)

// Pictures are those of all users, or the logos of all organizations. It is safe for
// concurrent use.
type Pictures struct {
	owners owners
	// others share the blobs.
	others owners
	blobs  *blobs.Blobs
	log    *slog.Logger
	busy   busy
}

// owners are who has a picture each.
type owners interface {
	// may refuses whoever may not give one of them a picture.
	may(ctx context.Context, by users.Actor, id string) error
	// of is the picture of one of them, nil for none.
	of(ctx context.Context, id string) (*users.Picture, error)
	// give writes the next picture, nil for none, and returns the one there was. None
	// before and after is a fault.
	give(ctx context.Context, by users.Actor, id string, next *users.Picture) (had *users.Picture, err error)
	// none is the fault that one of them has no picture.
	none(id string) error
}

// New makes the pictures of users, which leave with their user, and the logos of
// organizations.
func New(store storage.Store, us *users.Users, containment *users.Containment, os *organizations.Organizations) (pictures, logos *Pictures) {
	kept := blobs.New(store, us.Log, us.Now)
	of := func(owners, others owners) *Pictures {
		return &Pictures{owners: owners, others: others, log: us.Log, blobs: kept, busy: busy{ids: map[string]struct{}{}}}
	}
	pictures, logos = of(people{us, containment}, places{os}), of(places{os}, people{us, containment})
	us.Depend(dependents{pictures})
	return pictures, logos
}

// Set gives an owner the picture that a reader has, in place of the one there was.
// Errors of the reader pass through. Of one owner one picture is taken at a time;
// the others are a storage.ErrConflict.
func (p *Pictures) Set(ctx context.Context, by users.Actor, id string, from io.Reader) (users.Picture, error) {
	if err := p.owners.may(ctx, by, id); err != nil {
		return users.Picture{}, err
	}
	if !p.busy.begin(id) {
		return users.Picture{}, storage.ErrConflict.New(id)
	}
	defer p.busy.end(id)
	next, err := p.put(ctx, id, from)
	if err != nil {
		return users.Picture{}, err
	}
	if err := p.change(ctx, by, id, &next); err != nil {
		if refused(err) {
			p.release(ctx, id, &next)
		}
		return users.Picture{}, err
	}
	return next, nil
}

// put stores what a reader has if it is a picture.
func (p *Pictures) put(ctx context.Context, id string, from io.Reader) (users.Picture, error) {
	begin := make([]byte, beginning)
	n, err := io.ReadFull(from, begin)
	switch {
	case n == 0 && errors.Is(err, io.EOF):
		return users.Picture{}, assert.BodyRequired.New()
	case err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
		return users.Picture{}, err
	}
	kind, err := typeOf(begin[:n])
	if err != nil {
		return users.Picture{}, err
	}
	ref, err := p.blobs.Put(ctx, id, io.MultiReader(bytes.NewReader(begin[:n]), from))
	return users.Picture{Type: kind, Blob: ref}, err
}

// Delete takes an owner's picture away; one without is [ErrNone] of a user, and
// organizations.ErrNoLogo of an organization.
func (p *Pictures) Delete(ctx context.Context, by users.Actor, id string) error {
	return p.change(ctx, by, id, nil)
}

// change writes an owner's next picture, nil for none, and lets go of the one there
// was.
func (p *Pictures) change(ctx context.Context, by users.Actor, id string, next *users.Picture) error {
	had, err := p.owners.give(ctx, by, id, next)
	if err == nil {
		p.release(ctx, id, had)
	}
	return err
}

// refused reports whether an error says that nothing was written. After any other
// error the owner may have the picture.
func refused(err error) bool {
	refusal, is := fault.From(err)
	return is && refusal.Status() < 500
}

// release lets go of a picture that its owner does not have any more.
func (p *Pictures) release(ctx context.Context, id string, had *users.Picture) {
	if had == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
	defer cancel()
	if err := p.blobs.Release(ctx, had.Blob); err != nil {
		p.log.WarnContext(ctx, "a former picture stays until the upkeep removes it", "owner", id, "cause", err)
	}
}

// Open returns an owner's picture, and what reads it, which is nil where the asker
// knows the picture already. For one without see Delete.
func (p *Pictures) Open(ctx context.Context, id string, knows func(users.Picture) bool) (users.Picture, *blobs.Content, error) {
	for try := 1; ; try++ {
		has, err := p.owners.of(ctx, id)
		if err == nil && has == nil {
			err = p.owners.none(id)
		}
		if err != nil {
			return users.Picture{}, nil, err
		}
		if knows(*has) {
			return *has, nil, nil
		}
		content, err := p.blobs.Open(ctx, has.Blob)
		if err == nil || !errors.Is(err, blobs.ErrGone) || try == tries {
			return *has, content, err
		}
	}
}

// Upkeep removes pictures and logos that were forgotten since whoever changed them was
// killed, or whose organization was deleted, and returns how many.
func (p *Pictures) Upkeep(ctx context.Context) (removed int, err error) {
	return p.blobs.Sweep(ctx, p.refers)
}

// refers reports whether a user has a picture, or an organization a logo, by a hold. An id
// may be one of both.
func (p *Pictures) refers(ctx context.Context, owner, id, hold string) (bool, error) {
	for _, all := range []owners{p.owners, p.others} {
		has, err := all.of(ctx, owner)
		switch {
		case gone(err):
		case err != nil:
			return false, err
		case has != nil && has.Blob.ID == id && has.Blob.Hold == hold:
			return true, nil
		}
	}
	return false, nil
}

// busy are the owners whose pictures are being taken.
type busy struct {
	mu  sync.Mutex
	ids map[string]struct{}
}

func (b *busy) begin(id string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, is := b.ids[id]; is {
		return false
	}
	b.ids[id] = struct{}{}
	return true
}

func (b *busy) end(id string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.ids, id)
}
