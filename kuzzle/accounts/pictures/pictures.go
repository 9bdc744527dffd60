package pictures

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/blobs"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// MaxBytes is the most that a picture has.
	MaxBytes = blobs.MaxBytes
	// Memory is what reading or writing one holds.
	Memory = blobs.Memory
	// tries is how often a change starts again because the user was being changed,
	// and how often a picture is read again that was replaced meanwhile.
	tries = 10
	// cleaning is how long a picture that nobody has any more is tried to be removed
	// at once.
	cleaning = 10 * time.Second
)

// Pictures are those of all users. It is safe for concurrent use.
type Pictures struct {
	users       *users.Users
	containment *users.Containment
	blobs       *blobs.Blobs
	log         *slog.Logger
	busy        busy
}

// New makes the pictures of users, and has them leave with their user.
func New(store storage.Store, us *users.Users, containment *users.Containment) *Pictures {
	p := &Pictures{
		users: us, containment: containment, log: us.Log, blobs: blobs.New(store, us.Log, us.Now),
		busy: busy{kuids: map[string]struct{}{}},
	}
	us.Depend(dependents{p})
	return p
}

// Set gives a user the picture that a reader has, in place of the one there was.
// Errors of the reader pass through. Of one user one picture is taken at a time;
// the others are a storage.ErrConflict.
func (p *Pictures) Set(ctx context.Context, by users.Actor, kuid string, from io.Reader) (users.Picture, error) {
	u, err := p.users.Read(ctx, kuid)
	if err == nil {
		err = p.containment.ForeseeUser(ctx, by, u)
	}
	if err != nil {
		return users.Picture{}, err
	}
	if !p.busy.begin(kuid) {
		return users.Picture{}, storage.ErrConflict.New(kuid)
	}
	defer p.busy.end(kuid)
	next, err := p.put(ctx, kuid, from)
	if err != nil {
		return users.Picture{}, err
	}
	if err := p.change(ctx, by, kuid, events.PictureChanged, &next); err != nil {
		if refused(err) {
			p.release(ctx, kuid, &next)
		}
		return users.Picture{}, err
	}
	return next, nil
}

// put stores what a reader has if it is a picture.
func (p *Pictures) put(ctx context.Context, kuid string, from io.Reader) (users.Picture, error) {
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
	ref, err := p.blobs.Put(ctx, kuid, io.MultiReader(bytes.NewReader(begin[:n]), from))
	return users.Picture{Type: kind, Blob: ref}, err
}

// Delete takes a user's picture away; a user without one is [ErrNone].
func (p *Pictures) Delete(ctx context.Context, by users.Actor, kuid string) error {
	return p.change(ctx, by, kuid, events.PictureDeleted, nil)
}

// change writes a user's next picture, nil for none, and lets go of the one there
// was.
func (p *Pictures) change(ctx context.Context, by users.Actor, kuid, event string, next *users.Picture) error {
	var had *users.Picture
	err := p.users.Change(ctx, by, kuid, users.Edit{Retries: tries, Tell: users.Tell(event, nil)}, func(was *users.User) (*users.User, error) {
		if had = was.Picture; had == nil && next == nil {
			return nil, ErrNone.New(kuid)
		}
		u := *was
		u.Picture = next
		return &u, nil
	})
	if err != nil {
		return err
	}
	p.users.Emit(ctx, event, by, users.Subject(events.User, kuid), nil)
	p.release(ctx, kuid, had)
	return nil
}

// refused reports whether an error says that nothing was written. After any other
// error the user may have the picture.
func refused(err error) bool {
	refusal, is := fault.From(err)
	return is && refusal.Status() < 500
}

// release lets go of a picture that its user does not have any more.
func (p *Pictures) release(ctx context.Context, kuid string, had *users.Picture) {
	if had == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
	defer cancel()
	if err := p.blobs.Release(ctx, had.Blob); err != nil {
		p.log.WarnContext(ctx, "a former picture stays until the upkeep removes it", "kuid", kuid, "cause", err)
	}
}

// Open returns a user's picture, and what reads it, which is nil where the asker
// knows the picture already. A user without one is [ErrNone].
func (p *Pictures) Open(ctx context.Context, kuid string, knows func(users.Picture) bool) (users.Picture, *blobs.Content, error) {
	for try := 1; ; try++ {
		u, err := p.users.Read(ctx, kuid)
		if err != nil {
			return users.Picture{}, nil, err
		}
		if u.Picture == nil {
			return users.Picture{}, nil, ErrNone.New(kuid)
		}
		if knows(*u.Picture) {
			return *u.Picture, nil, nil
		}
		content, err := p.blobs.Open(ctx, u.Picture.Blob)
		if err == nil || !errors.Is(err, blobs.ErrGone) || try == tries {
			return *u.Picture, content, err
		}
	}
}

// Upkeep removes pictures that were forgotten since whoever changed them was
// killed, and returns how many.
func (p *Pictures) Upkeep(ctx context.Context) (removed int, err error) {
	return p.blobs.Sweep(ctx, p.refers)
}

// refers reports whether a user has a picture by a hold.
func (p *Pictures) refers(ctx context.Context, kuid, id, hold string) (bool, error) {
	u, err := p.users.Read(ctx, kuid)
	if errors.Is(err, users.ErrUserNotFound) {
		return false, nil
	}
	return err == nil && u.Picture != nil && u.Picture.Blob.ID == id && u.Picture.Blob.Hold == hold, err
}

// busy are the users whose pictures are being taken.
type busy struct {
	mu    sync.Mutex
	kuids map[string]struct{}
}

func (b *busy) begin(kuid string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, is := b.kuids[kuid]; is {
		return false
	}
	b.kuids[kuid] = struct{}{}
	return true
}

func (b *busy) end(kuid string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.kuids, kuid)
}
