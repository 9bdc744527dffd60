package blobs

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// MaxBytes is the maximum size of a blob.
	MaxBytes = 10 << 20
	// pieceBytes is the size of one piece. Stored blobs have pieces of this size, so it
	// never changes.
	pieceBytes = 256 << 10
	// Memory is the approximate memory of Put and Copy: a piece, its text, and the
	// copies that an engine makes of it; the engine for clusters makes several.
	Memory = 8 * pieceBytes

	// mostHolds is the maximum number of holds on a blob, because each change of holds
	// writes them all. Beyond it the next put stores a new blob, which later puts
	// share.
	mostHolds = 200
	// tries is how often a write starts again because other writers were faster.
	tries = 10
	// longest is the maximum duration of a put.
	longest = 5 * time.Minute
	// cleaning is how long the immediate removal of unneeded data is tried.
	cleaning = 10 * time.Second
	// grace is the age from which Sweep considers data forgotten. It is far longer than
	// a put and the commit after it.
	grace = time.Hour
)

// ErrTooLarge has the limit.
var ErrTooLarge = fault.Declare(0x40020006, "services.storage.blob_too_large", 413, "The body has more than %d bytes. Send less.")

// ErrGone means that a blob does not exist: its holder released it.
var ErrGone = errors.New("blobs: there is no such blob")

// Ref is the reference that a holder stores.
type Ref struct {
	// ID is the blob's id; Hold is the id of this holder's hold.
	ID   string `json:"id"`
	Hold string `json:"hold"`
	// Hash is the SHA-256 of the content in hexadecimal digits, Size its bytes.
	Hash string `json:"hash"`
	Size int64  `json:"size"`
}

// Blobs are the blobs of a store. It is safe for concurrent use.
type Blobs struct {
	store storage.Store
	log   *slog.Logger
	now   func() time.Time
	// maxHolds is mostHolds and maxBytes is MaxBytes, except in tests.
	maxHolds int
	maxBytes int64
}

// New returns the blobs of a store.
func New(store storage.Store, log *slog.Logger, now func() time.Time) *Blobs {
	return &Blobs{store: store, log: log, now: now, maxHolds: mostHolds, maxBytes: MaxBytes}
}

// States of a head.
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

// hold is one of the holds that share a blob.
type hold struct {
	ID string `json:"id"`
	// Owner is the owner that the holder put it for.
	Owner string `json:"owner"`
	At    int64  `json:"at"`
}

// Ids of heads sort after those of all pieces, so that heads can be walked without
// reading a piece.
const (
	headPrefix  = "head:"
	piecePrefix = "chunk:"
	claimPrefix = "blob:"
)

// versioned is a head with its revision.
type versioned struct {
	head
	id      string
	version int64
	rev     storage.Rev
}

// read returns a head; storage.ErrNotFound means that there is none.
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

// write writes the new state of v over the state that was read, or creates it. take and
// free are hashes whose claims it takes and releases.
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

// join adds a hold to a blob, and returns false if the blob accepts no more.
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
			free = v.Hash // the next blob with this content has room
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

// Release releases a hold, and removes the blob if it was the last one. A missing blob
// is not an error.
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

// remove removes the pieces of a leaving blob, and then the head.
func (b *Blobs) remove(ctx context.Context, v versioned) error {
	if err := b.removePieces(ctx, v.id, v.Size); err != nil {
		return err
	}
	_, err := b.store.Commit(ctx, storage.Change{In: storage.Blobs, ID: headPrefix + v.id, If: v.rev})
	if errors.Is(err, storage.ErrConflict) {
		err = nil // another process removed it
	}
	return err
}

// pause waits a little after other writers were faster.
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
