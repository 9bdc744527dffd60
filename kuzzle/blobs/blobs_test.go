package blobs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/blobs"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

var prefixes = estest.NewPrefixes("blobs")

// bench has the blobs of a store, with a clock and with owners who refer to some.
type bench struct {
	*blobs.Blobs
	store storage.Store
	mu    sync.Mutex
	now   time.Time
	refs  map[string]blobs.Ref
}

func newBench(store storage.Store) *bench {
	b := &bench{store: store, now: time.UnixMilli(1_800_000_000_000), refs: map[string]blobs.Ref{}}
	b.Blobs = b.over(store)
	return b
}

// over are the same blobs through another door.
func (b *bench) over(store storage.Store) *blobs.Blobs {
	return blobs.New(store, slog.New(slog.DiscardHandler), func() time.Time {
		b.mu.Lock()
		defer b.mu.Unlock()
		return b.now
	})
}

func (b *bench) later() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.now = b.now.Add(blobs.Grace + time.Second)
}

// refers returns the answer of the owners.
func (b *bench) refers(_ context.Context, owner, id, hold string) (bool, error) {
	ref, is := b.refs[owner]
	return is && ref.ID == id && ref.Hold == hold, nil
}

// put puts a content for an owner who refers to it from then on.
func (b *bench) put(t *testing.T, owner string, content []byte) blobs.Ref {
	t.Helper()
	ref, err := b.Put(t.Context(), owner, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	b.refs[owner] = ref
	return ref
}

func (b *bench) wantContent(t *testing.T, ref blobs.Ref, want []byte) {
	t.Helper()
	var got bytes.Buffer
	content, err := b.Open(t.Context(), ref)
	if err == nil {
		err = content.Copy(t.Context(), &got)
	}
	if err != nil || !bytes.Equal(got.Bytes(), want) || ref.Size != int64(len(want)) {
		t.Errorf("read %d bytes, %v, want the %d that were put; the reference says %d", got.Len(), err, len(want), ref.Size)
	}
}

// documents are the ids of all that is stored.
func (b *bench) documents(t *testing.T) (ids []string) {
	t.Helper()
	pages := storage.NewWalker(b.store, storage.Blobs)
	for {
		page, err := pages.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page) == 0 {
			return ids
		}
		for _, doc := range page {
			ids = append(ids, doc.ID)
		}
	}
}

func (b *bench) wantDocuments(t *testing.T, when string, want int) {
	t.Helper()
	if got := b.documents(t); len(got) != want {
		t.Errorf("%s there are %d documents, want %d: %v", when, len(got), want, got)
	}
}

// noise is content that is like no other.
func noise(size int) []byte {
	content := make([]byte, size)
	for i := range content {
		content[i] = byte(rand.Uint32())
	}
	return content
}

// TestSizes: a blob of every critical size can be read, and a larger one is refused
// with nothing left behind.
func TestSizes(t *testing.T) {
	t.Parallel()
	const most = 2*blobs.PieceBytes + 10
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		b := newBench(store)
		b.Limit(1, most)
		for _, size := range []int{0, 1, blobs.PieceBytes - 1, blobs.PieceBytes, blobs.PieceBytes + 1, most} {
			content := noise(size)
			ref := b.put(t, "anna", content)
			b.wantContent(t, ref, content)
			if err := b.Release(t.Context(), ref); err != nil {
				t.Error(err)
			}
			b.wantDocuments(t, fmt.Sprintf("after %d bytes were let go of", size), 0)
			if _, err := b.Open(t.Context(), ref); size > 0 && !errors.Is(err, blobs.ErrGone) {
				t.Errorf("read after that: got %v, want ErrGone", err)
			}
		}
		if _, err := b.Put(t.Context(), "anna", bytes.NewReader(make([]byte, most+1))); !errors.Is(err, blobs.ErrTooLarge) {
			t.Errorf("one byte too much: got %v, want ErrTooLarge", err)
		}
		broken := errors.New("the client left")
		half := io.MultiReader(bytes.NewReader(noise(2*blobs.PieceBytes)), failing{broken})
		if _, err := b.Put(t.Context(), "anna", half); !errors.Is(err, broken) {
			t.Errorf("half a blob: got %v, want the reader's own error", err)
		}
		b.wantDocuments(t, "after refusals", 0)
	})
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// TestShared: equal contents are stored once, for as long as somebody holds one. A
// blob that many hold is stored again, and others share that one then.
func TestShared(t *testing.T) {
	t.Parallel()
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		b := newBench(store)
		b.Limit(3, blobs.MaxBytes)
		content := noise(10)
		const one = 2 // a head and a piece
		for i := range 5 {
			b.put(t, fmt.Sprint("user", i), content)
			b.wantDocuments(t, fmt.Sprint(i+1, " put it"), (1+i/3)*one)
		}
		forgotten := b.refs["user4"]
		if again := b.put(t, "user4", content); again.ID != forgotten.ID || again.Hold == forgotten.Hold {
			t.Errorf("put again: got %+v and %+v, want two holds of one blob", forgotten, again)
		}
		for owner, ref := range b.refs {
			b.wantContent(t, ref, content)
			if err := b.Release(t.Context(), ref); err != nil {
				t.Error(err)
			}
			// A second release changes nothing, whichever owner has the blob now.
			if err := b.Release(t.Context(), ref); err != nil {
				t.Error(err)
			}
			delete(b.refs, owner)
			for _, left := range b.refs {
				b.wantContent(t, left, content)
			}
		}
		b.wantDocuments(t, "when one forgotten hold is left", one)
		b.later()
		if removed, err := b.Sweep(t.Context(), b.refers); removed != 1 || err != nil {
			t.Errorf("swept %d, %v, want 1", removed, err)
		}
		b.wantDocuments(t, "when nobody holds it", 0)

		// A leaving blob is shared with nobody; the next put shares another.
		gone := b.put(t, "anna", content)
		delete(b.refs, "anna")
		if err := b.over(&mortal{Store: store, left: 1}).Release(t.Context(), gone); !errors.Is(err, errKilled) {
			t.Errorf("killed while it removes: got %v", err)
		}
		bert, cleo := b.put(t, "bert", content), b.put(t, "cleo", content)
		if bert.ID == gone.ID || cleo.ID != bert.ID {
			t.Errorf("got the blobs %s and %s beside %s, which is leaving", bert.ID, cleo.ID, gone.ID)
		}
		b.later()
		if removed, err := b.Sweep(t.Context(), b.refers); removed != 1 || err != nil {
			t.Errorf("swept %d, %v, want 1", removed, err)
		}
		b.wantDocuments(t, "when the rest of it is gone", one)
		b.wantContent(t, bert, content)
	})
}

// TestAtOnce: many put and release the same two contents at once, on two nodes. Every
// holder can read its content, and in the end nothing is left.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		b := newBench(store)
		nodes := []*blobs.Blobs{b.Blobs, b.over(store)}
		for _, node := range nodes {
			node.Limit(4, blobs.MaxBytes)
		}
		contents := [][]byte{noise(10), noise(blobs.PieceBytes + 10)}
		var all sync.WaitGroup
		for worker := range 6 {
			all.Go(func() {
				for round := range 4 {
					node, content := nodes[(worker+round)%2], contents[worker%2]
					ref, err := node.Put(t.Context(), fmt.Sprint("user", worker), bytes.NewReader(content))
					if err != nil {
						t.Error(err)
						return
					}
					b.wantContent(t, ref, content)
					if err := nodes[worker%2].Release(t.Context(), ref); err != nil {
						t.Error(err)
					}
				}
			})
		}
		all.Wait()
		b.wantDocuments(t, "in the end", 0)
	})
}

// mortal is a store whose user is killed at a commit: before it, or after it was
// done and before its answer.
type mortal struct {
	storage.Store
	left  int
	after bool
	dead  bool
}

var errKilled = errors.New("killed")

func (m *mortal) Commit(ctx context.Context, change storage.Change) (storage.Rev, error) {
	if m.dead {
		return storage.Rev{}, errKilled
	}
	if m.left--; m.left >= 0 {
		return m.Store.Commit(ctx, change)
	}
	m.dead = true
	if m.after {
		if _, err := m.Store.Commit(ctx, change); err != nil {
			return storage.Rev{}, errors.Join(errKilled, err)
		}
	}
	return storage.Rev{}, errKilled
}

func (m *mortal) Get(ctx context.Context, in storage.Collection, id string) (storage.Document, error) {
	if m.dead {
		return storage.Document{}, errKilled
	}
	return m.Store.Get(ctx, in, id)
}

// dying are the operations during which a process is killed. shared is the content
// that the user other holds.
var dying = map[string]func(t *testing.T, b *bench, dying *blobs.Blobs, shared []byte) error{
	"put": func(t *testing.T, _ *bench, dying *blobs.Blobs, _ []byte) error {
		_, err := dying.Put(t.Context(), "anna", bytes.NewReader(noise(blobs.PieceBytes+5)))
		return err
	},
	"share": func(t *testing.T, _ *bench, dying *blobs.Blobs, shared []byte) error {
		_, err := dying.Put(t.Context(), "anna", bytes.NewReader(shared))
		return err
	},
	"release": func(t *testing.T, b *bench, dying *blobs.Blobs, _ []byte) error {
		ref := b.put(t, "anna", noise(5))
		delete(b.refs, "anna")
		return dying.Release(t.Context(), ref)
	},
	"release what another holds": func(t *testing.T, b *bench, dying *blobs.Blobs, shared []byte) error {
		ref := b.put(t, "anna", shared)
		delete(b.refs, "anna")
		return dying.Release(t.Context(), ref)
	},
}

// TestDeathAtEveryCommit: a process is killed at every commit of putting, sharing or
// releasing a blob. The blobs of other holders can be read, nothing young is swept,
// and forgotten data is gone an hour later.
func TestDeathAtEveryCommit(t *testing.T) {
	t.Parallel()
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		b, shared := newBench(store), noise(5)
		other := b.put(t, "other", shared)
		for name, do := range dying {
			for _, after := range []bool{false, true} {
				for commit := 0; ; commit++ {
					m := &mortal{Store: store, left: commit, after: after}
					err := do(t, b, b.over(m), shared)
					if !m.dead {
						if err != nil || commit == 0 {
							t.Errorf("%s: done after %d commits, %v", name, commit, err)
						}
						break
					}
					when := fmt.Sprintf("%s, killed at commit %d (after it: %t)", name, commit, after)
					b.wantContent(t, other, shared)
					if removed, err := b.Sweep(t.Context(), b.refers); removed != 0 || err != nil {
						t.Errorf("%s: swept %d of what is young, %v", when, removed, err)
					}
					b.later()
					if _, err := b.Sweep(t.Context(), b.refers); err != nil {
						t.Error(err)
					}
					b.wantDocuments(t, when+", an hour later", 2)
					b.wantContent(t, other, shared)
				}
				// Successful puts are forgotten, for the next round.
				b.later()
				if _, err := b.Sweep(t.Context(), b.refers); err != nil {
					t.Error(err)
				}
			}
		}
	})
}

// TestMigrated: a migration carries blobs, which are read, shared and let go of where
// they came to.
func TestMigrated(t *testing.T) {
	t.Parallel()
	engines.Each(t, prefixes, func(t *testing.T, store storage.Store) {
		from := sqlitetest.Open(t)
		const identity = "identity"
		if _, err := from.Commit(t.Context(), storage.Change{In: storage.Settings, ID: identity, Put: &storage.Document{Version: 1}}); err != nil {
			t.Fatal(err)
		}
		before, content := newBench(from), noise(2*blobs.PieceBytes+5)
		before.put(t, "anna", content)
		before.put(t, "bert", content)
		plan := migration.Plan{From: from, To: store, Identity: identity, Name: "before", Now: time.Now}
		if _, err := plan.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		after := newBench(store)
		after.refs = before.refs
		const one = 4 // a head and three pieces
		after.put(t, "cleo", content)
		after.wantDocuments(t, "after the migration", one)
		for owner, ref := range after.refs {
			after.wantContent(t, ref, content)
			if err := after.Release(t.Context(), ref); err != nil {
				t.Errorf("%s: %v", owner, err)
			}
		}
		after.wantDocuments(t, "when nobody holds it", 0)
	})
}

// TestRemovalWaitsForMemory: a blob that a request released is removed even if memory
// is scarce, and the removal takes its part of the budget.
func TestRemovalWaitsForMemory(t *testing.T) {
	t.Parallel()
	store := sqlitetest.Open(t)
	b := newBench(store)
	ref := b.put(t, "anna", noise(10))
	all := budget.New(4 * blobs.Memory)
	others, own := all.Share(), all.Share()
	if err := others.Grow(t.Context(), all.Large()); err != nil {
		t.Fatal(err)
	}
	released := make(chan error)
	go func() { released <- b.Release(budget.With(t.Context(), own), ref) }()
	for len(b.documents(t)) == 2 && all.Refused() == 0 {
		time.Sleep(time.Millisecond)
	}
	if own.Held() > 0 || len(b.documents(t)) != 2 {
		t.Errorf("without memory: %d bytes are held and %d documents left, want none and 2", own.Held(), len(b.documents(t)))
	}
	others.Release()
	if err := <-released; err != nil || own.Held() != blobs.Memory {
		t.Errorf("with memory: got %v and %d bytes, want %d", err, own.Held(), blobs.Memory)
	}
	b.wantDocuments(t, "in the end", 0)
}
