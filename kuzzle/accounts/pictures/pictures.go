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
	// MaxBytes is the largest size of a picture.
	MaxBytes = blobs.MaxBytes
	// Memory is the memory for reading or writing a picture.
	Memory = blobs.Memory
	// tries is how often a change is repeated because the owner was being changed, and how often a
	// picture is read again that was replaced meanwhile.
	tries = 10
	// cleaning bounds the immediate attempts to remove an unused picture.
	cleaning = 10 * time.Second
)

// Pictures are the pictures of all users, or the logos of all organizations. It is safe for
// concurrent use.
type Pictures struct {
	owners owners
	// others are the other owners of the same blobs.
	others owners
	blobs  *blobs.Blobs
	log    *slog.Logger
	busy   busy
}

// owners have a picture each.
type owners interface {
	// may refuses a caller who may not change an owner's picture.
	may(ctx context.Context, by users.Actor, id string) error
	// of returns an owner's picture, nil for none.
	of(ctx context.Context, id string) (*users.Picture, error)
	// give writes an owner's next picture, nil for none, and returns the former one. No picture
	// before and after is a fault.
	give(ctx context.Context, by users.Actor, id string, next *users.Picture) (had *users.Picture, err error)
	// none returns the fault for an owner without a picture.
	none(id string) error
}

// New returns the pictures of users, which are deleted with their user, and the logos of
// organizations.
func New(store storage.Store, us *users.Users, containment *users.Containment, os *organizations.Organizations) (pictures, logos *Pictures) {
	kept := blobs.New(store, us.Log, us.Now)
	of := func(owners, others owners) *Pictures {
		return &Pictures{owners: owners, others: others, log: us.Log, blobs: kept, busy: busy{ids: map[string]struct{}{}}}
	}
	pictures, logos = of(userOwners{us, containment}, organizationOwners{os}), of(organizationOwners{os}, userOwners{us, containment})
	us.Depend(dependents{pictures})
	return pictures, logos
}

// Set replaces an owner's picture by the reader's. It returns errors of the reader unchanged. An
// owner gets one picture at a time; a concurrent call is a storage.ErrConflict.
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

// put stores a reader's content if it is a picture.
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

// Delete deletes an owner's picture. Without a picture the error is [ErrNone] for a user, and
// organizations.ErrNoLogo for an organization.
func (p *Pictures) Delete(ctx context.Context, by users.Actor, id string) error {
	return p.change(ctx, by, id, nil)
}

// change writes an owner's next picture, nil for none, and releases the former one.
func (p *Pictures) change(ctx context.Context, by users.Actor, id string, next *users.Picture) error {
	had, err := p.owners.give(ctx, by, id, next)
	if err == nil {
		p.release(ctx, id, had)
	}
	return err
}

// refused reports whether an error means that nothing was written. After any other error the owner
// may have the picture.
func refused(err error) bool {
	refusal, is := fault.From(err)
	return is && refusal.Status() < 500
}

// release releases a picture that its owner no longer has.
func (p *Pictures) release(ctx context.Context, id string, had *users.Picture) {
	if had == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
	defer cancel()
	if err := p.blobs.Release(ctx, had.Blob); err != nil {
		p.log.WarnContext(ctx, "a former picture was not removed; the upkeep will remove it", "owner", id, "cause", err)
	}
}

// Open returns an owner's picture and a reader for it; the reader is nil if knows reports that the
// caller has the picture already. For the errors see Delete.
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

// Upkeep removes pictures and logos whose change was killed, or whose organization was deleted, and
// returns their number.
func (p *Pictures) Upkeep(ctx context.Context) (removed int, err error) {
	return p.blobs.Sweep(ctx, p.refers)
}

// refers reports whether a user's picture or an organization's logo has a hold. An id may be that
// of a user and of an organization.
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

// busy holds the owners whose pictures are being stored.
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
