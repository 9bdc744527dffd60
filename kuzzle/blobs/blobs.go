package blobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/gofrs/uuid/v5"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// MaxBytes is the most that a blob has.
	MaxBytes = 10 << 20
	// pieceBytes is how much of a blob one document has. Stores hold blobs that were
	// cut so, and it never changes.
	pieceBytes = 256 << 10
	// Memory is about what Put and Copy hold at once: a piece, its text, and the copies
	// that an engine makes of it, of which that for clusters makes several.
	Memory = 8 * pieceBytes

	// mostHolds bounds how many share a blob, since each change of holds writes them
	// all. Beyond them the next put keeps a blob of its own, which others then share.
	mostHolds = 200
	// tries is how often a write starts again because others were faster.
	tries = 10
	// longest is how long a put may take.
	longest = 5 * time.Minute
	// cleaning is how long what nobody needs any more is tried to be removed at once.
	cleaning = 10 * time.Second
	// grace is how old something has to be before Sweep takes it for forgotten. It is
	// far longer than a put and the commit after it take.
	grace = time.Hour
)

// ErrTooLarge: the limit.
var ErrTooLarge = fault.Declare(0x40020006, "services.storage.blob_too_large", 413, "The body has more than %d bytes. Send less.")

// ErrGone is that a blob is not there: its holder let it go.
var ErrGone = errors.New("blobs: there is no such blob")

// Ref is what a holder keeps of a blob.
type Ref struct {
	// ID is the blob's, Hold names this holder among those who share it.
	ID   string `json:"id"`
	Hold string `json:"hold"`
	// Hash is the SHA-256 of the content in hexadecimal digits, Size its bytes.
	Hash string `json:"hash"`
	Size int64  `json:"size"`
}

// Blobs are those of a store. It is safe for concurrent use.
type Blobs struct {
	store storage.Store
	log   *slog.Logger
	now   func() time.Time
	// maxHolds is mostHolds, maxBytes is MaxBytes.
	maxHolds int
	maxBytes int64
}

// New makes the blobs of a store.
func New(store storage.Store, log *slog.Logger, now func() time.Time) *Blobs {
	return &Blobs{store: store, log: log, now: now, maxHolds: mostHolds, maxBytes: MaxBytes}
}

// The states of a head.
const (
	filling = "filling"
	kept    = "kept"
	leaving = "leaving"
)

// head is a blob's first document.
type head struct {
	State string `json:"state"`
	// At is when the state began, in epoch milliseconds.
	At    int64  `json:"at"`
	Hash  string `json:"hash,omitempty"`
	Size  int64  `json:"size,omitempty"`
	Holds []hold `json:"holds,omitempty"`
}

// hold is one of those who share a blob.
type hold struct {
	ID string `json:"id"`
	// Owner is whom the holder put it for.
	Owner string `json:"owner"`
	At    int64  `json:"at"`
}

// Ids of heads sort behind those of all pieces, so that heads can be walked
// without reading a piece.
const (
	headPrefix  = "head:"
	piecePrefix = "chunk:"
	claimPrefix = "blob:"
)

// versioned is a head as it was read.
type versioned struct {
	head
	id      string
	version int64
	rev     storage.Rev
}

// read returns a head; storage.ErrNotFound is that there is none.
func (b *Blobs) read(ctx context.Context, id string) (versioned, error) {
	doc, err := b.store.Get(ctx, storage.Blobs, headPrefix+id)
	if err != nil {
		return versioned{}, err
	}
	return readHead(id, doc)
}

func readHead(id string, doc storage.Document) (versioned, error) {
	v := versioned{id: id, version: doc.Version, rev: doc.Rev}
	return v, json.Unmarshal(doc.Content, &v.head)
}

// write writes what v is to be over what it was, or makes it. take and free are
// hashes whose claim it takes and lets go of.
func (b *Blobs) write(ctx context.Context, v *versioned, take, free string) error {
	content, err := json.Marshal(v.head)
	if err != nil {
		return err
	}
	change := storage.Change{In: storage.Blobs, ID: headPrefix + v.id, If: v.rev, Put: &storage.Document{Version: v.version + 1, Content: content}}
	if take != "" {
		change.Take = []storage.Take{{Key: claimPrefix + take}}
	}
	if free != "" {
		change.Free = []string{claimPrefix + free}
	}
	rev, err := b.store.Commit(ctx, change)
	if err == nil {
		v.rev, v.version = rev, v.version+1
	}
	return err
}

// join adds a hold to a blob, and reports false where that takes no more.
func (b *Blobs) join(ctx context.Context, id string, own hold) (joined bool, err error) {
	for try := range tries {
		v, err := b.read(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if v.State != kept || len(v.Holds) >= b.maxHolds {
			return false, nil
		}
		v.Holds = append(v.Holds, own)
		free := ""
		if len(v.Holds) == b.maxHolds {
			free = v.Hash // the next one with this content keeps a blob that has room
		}
		if err = b.write(ctx, &v, "", free); !errors.Is(err, storage.ErrConflict) {
			return err == nil, err
		}
		if err := pause(ctx, try); err != nil {
			return false, err
		}
	}
	return false, nil
}

// Release lets go of a hold, and removes the blob if that was the last one. What is
// gone already is no error.
func (b *Blobs) Release(ctx context.Context, ref Ref) error { return b.release(ctx, ref.ID, ref.Hold) }

func (b *Blobs) release(ctx context.Context, id, holdID string) error {
	for try := range tries {
		v, err := b.read(ctx, id)
		if errors.Is(err, storage.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if v.State == leaving {
			return b.remove(ctx, v)
		}
		had := len(v.Holds)
		v.Holds = slices.DeleteFunc(v.Holds, func(h hold) bool { return h.ID == holdID })
		switch {
		case len(v.Holds) > 0 && len(v.Holds) == had:
			return nil // others hold it
		case len(v.Holds) > 0:
			err = b.write(ctx, &v, "", "")
		default:
			v.State, v.At = leaving, b.now().UnixMilli()
			if err = b.write(ctx, &v, "", v.Hash); err == nil {
				return b.remove(ctx, v)
			}
		}
		if !errors.Is(err, storage.ErrConflict) {
			return err
		}
		if err := pause(ctx, try); err != nil {
			return err
		}
	}
	return storage.ErrConflict.New(id)
}

// remove removes the pieces of a blob that is leaving, and then the head.
func (b *Blobs) remove(ctx context.Context, v versioned) error {
	if err := b.removePieces(ctx, v.id, v.Size); err != nil {
		return err
	}
	_, err := b.store.Commit(ctx, storage.Change{In: storage.Blobs, ID: headPrefix + v.id, If: v.rev})
	if errors.Is(err, storage.ErrConflict) {
		err = nil // somebody else removed it
	}
	return err
}

// pause waits a little before a write that others were faster with.
func pause(ctx context.Context, try int) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Duration(1+rand.IntN(5<<min(try, 4))) * time.Millisecond):
		return nil
	}
}

func newID() (string, error) {
	id, err := uuid.NewV7()
	return id.String(), err
}
