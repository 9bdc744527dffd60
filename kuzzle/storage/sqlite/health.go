package sqlite

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// healthEvery is how long one self-test is the answer to all callers, because
	// strangers may call.
	healthEvery = time.Second
	// provenFor is how long a write proves that writes work, so that health
	// checks of an idle server write little.
	provenFor = 5 * time.Second
)

// health is the last self-test. The holder of turn makes the next one.
type health struct {
	turn chan struct{}
	at   time.Time
	err  error
	// proven is when a write succeeded last, in Unix nanoseconds, and 0 after one
	// that failed.
	proven atomic.Int64
}

func newHealth() *health { return &health{turn: make(chan struct{}, 1)} }

// wrote records the result of a transaction.
func (h *health) wrote(err error) {
	if err != nil {
		h.proven.Store(0)
		return
	}
	h.proven.Store(time.Now().UnixNano())
}

// Health implements storage.Store: nil if a login could be read and written. A
// full disk is storage.ErrFull, and an unreadable page among those that all
// requests need is storage.ErrDamaged.
func (s *Store) Health(ctx context.Context) error {
	h := s.health
	select {
	case h.turn <- struct{}{}:
		defer func() { <-h.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if s.stopping.Err() != nil {
		return storage.ErrUnavailable.New()
	}
	if !h.at.IsZero() && time.Since(h.at) < healthEvery {
		return h.err
	}
	err := s.lookups.with(ctx, readable)
	if err == nil && time.Since(time.Unix(0, h.proven.Load())) >= provenFor {
		err = s.writer.do(ctx, 1, writable)
	}
	if ctx.Err() == nil {
		h.at, h.err = time.Now(), err
	}
	return err
}

// readable reads both ends of the trees that a login needs. This reads the pages
// near the root of every tree, from the disk and not from the cache.
func readable(c *conn) error {
	if err := c.Run("PRAGMA shrink_memory"); err != nil {
		return err
	}
	for _, ends := range selfTests {
		if err := c.Rows(func(*sqlite3.Stmt) (bool, error) { return true, nil }, ends); err != nil {
			return err
		}
	}
	return nil
}

// selfTests select the first and the last entry of each tree.
var selfTests = func() []string {
	var tests []string
	for _, tree := range [][2]string{
		{"collections", "number"}, {"claims", "key"},
		{tables[storage.Users].documents, "id"}, {tables[storage.Users].documents, "seq"},
		{tables[storage.Sessions].documents, "id"}, {tables[storage.Sessions].documents, "seq"},
		{tables[storage.Profiles].documents, "id"}, {tables[storage.Roles].documents, "id"},
	} {
		from := "SELECT " + tree[1] + " FROM " + tree[0] + " ORDER BY " + tree[1]
		tests = append(tests, from+" LIMIT 1", from+" DESC LIMIT 1")
	}
	return tests
}()

// writable changes nothing, and is written to the disk all the same.
func writable(t *tx) error { return t.Run("UPDATE collections SET name=name WHERE number=0") }
