package sqlite

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/totals"
)

// maxGroup is how many changes one transaction gathers, so that the first of them
// does not wait long for the last.
const maxGroup = 512

// retryAfter is the wait that callers are told when the queue is full.
const retryAfter = time.Second

// writer owns the connection that writes. One goroutine runs from newWriter to
// close.
type writer struct {
	queue chan *job
	// apart receives work that cannot be part of a transaction.
	apart chan *solo
	done  chan struct{}

	// sending is held for reading by callers that may still write to queue.
	sending sync.RWMutex
	closed  bool

	// using is held by the user of conn, which is closed when gone is set.
	using sync.Mutex
	conn  *conn
	gone  bool

	// The fields below belong to the goroutine alone.
	state   counters
	indexes *indexes
	health  *health
	kept    *kept
}

// job is work inside a shared transaction. An error of apply is the engine's, not
// the caller's: it rolls back the whole group.
type job struct {
	ctx   context.Context
	size  int
	apply func(*tx) error
	done  chan error
	// claimed is set by the first of two: the writer, which does the work then, or the
	// caller, who gives it up. So the caller always learns whether it was done.
	claimed atomic.Bool
	// skipped is the writer's: the work was not done, because ctx ended before.
	skipped bool
}

// solo is work that has the connection to itself.
type solo struct {
	use  func(*conn) error
	done chan error
}

// counters are the stored numbers of every collection, by table number: of
// documents, of those with a text for the index of parts, of texts that wait for it,
// of documents in the index of orders, and the last number given to a row or
// revision.
type counters [maxCollections]struct{ documents, texts, recent, listed, last int64 }

// tx is the transaction of one group.
type tx struct {
	*conn
	state   counters
	touched [maxCollections]bool
	indexes *indexes
	// fresh are the indexes this transaction changes, published at COMMIT. notes are for
	// kept, which forgets those that are remapped.
	fresh    [maxCollections]*index
	kept     *kept
	notes    [maxCollections][]totals.Change
	remapped [maxCollections]bool
}

func newWriter(c *conn, queue int, indexes *indexes, health *health, kept *kept) (*writer, error) {
	w := &writer{queue: make(chan *job, queue), apart: make(chan *solo), done: make(chan struct{}), conn: c, indexes: indexes, health: health, kept: kept}
	err := c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		n := s.ColumnInt(0)
		w.state[n].documents, w.state[n].last = s.ColumnInt64(1), s.ColumnInt64(2)
		w.state[n].texts, w.state[n].listed = s.ColumnInt64(3), s.ColumnInt64(4)
		return true, nil
	}, "SELECT number, documents, last, texts, listed FROM collections")
	for _, of := range tables {
		if of.recent != "" && err == nil {
			w.state[of.number].recent, err = c.integer("SELECT count(*) FROM " + of.recent)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("sqlite: %w", err)
	}
	go w.run()
	return w, nil
}

// do puts work of the given size into the next transaction and waits until it is on
// disk. If ctx ends before the work began, it is not done. Work that has begun is waited
// for: a caller who did not know that it was done would leave out what follows from it,
// and caches would keep the state before.
func (w *writer) do(ctx context.Context, size int, apply func(*tx) error) error {
	return w.begin(ctx, size, apply)()
}

// begin is like do, but returns the function that waits.
func (w *writer) begin(ctx context.Context, size int, apply func(*tx) error) (wait func() error) {
	j := &job{ctx: ctx, size: size, apply: apply, done: make(chan error, 1)}
	err := ctx.Err()
	if err == nil {
		err = w.send(j)
	}
	if err != nil {
		return func() error { return err }
	}
	return func() error {
		select {
		case err := <-j.done:
			return err
		case <-ctx.Done():
			if j.claimed.CompareAndSwap(false, true) {
				return ctx.Err()
			}
			return <-j.done
		}
	}
}

// alone lends the connection outside of any transaction; changes wait meanwhile. If
// ctx ends, the caller stops waiting but the work continues.
func (w *writer) alone(ctx context.Context, use func(*conn) error) error {
	work := &solo{use: use, done: make(chan error, 1)}
	select {
	case w.apart <- work:
	case <-w.done:
		return storage.ErrUnavailable.New()
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-work.done:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// lend lets a short read use the connection if nobody else does, and reports whether
// it did.
func (w *writer) lend(use func(*conn) error) (lent bool, err error) {
	if !w.using.TryLock() {
		return false, nil
	}
	defer w.using.Unlock()
	if w.gone || !w.conn.GetAutocommit() { // of a transaction that could not be rolled back
		return false, nil
	}
	return true, broken(use(w.conn))
}

func (w *writer) send(j *job) error {
	w.sending.RLock()
	defer w.sending.RUnlock()
	if w.closed {
		return storage.ErrUnavailable.New()
	}
	select {
	case w.queue <- j:
		return nil
	default:
		return storage.ErrUnavailable.New().RetryIn(retryAfter).Because(errors.New("sqlite: the write queue is full"))
	}
}

// close completes accepted work, then closes the connection.
func (w *writer) close() error {
	w.sending.Lock()
	w.closed = true
	close(w.queue)
	w.sending.Unlock()
	<-w.done
	w.using.Lock()
	defer w.using.Unlock()
	w.gone = true
	return w.conn.Close()
}

func (w *writer) run() {
	defer close(w.done)
	group := make([]*job, 0, maxGroup)
	for {
		select {
		case work := <-w.apart:
			w.using.Lock()
			err := work.use(w.conn)
			w.using.Unlock()
			work.done <- err
		case first, open := <-w.queue:
			if !open {
				return
			}
			group = w.gather(append(group[:0], first))
			err := broken(w.commit(group))
			w.health.wrote(err)
			for _, j := range group {
				if j.skipped {
					j.done <- j.ctx.Err()
				} else {
					j.done <- err
				}
			}
		}
	}
}

// gather adds waiting jobs, without waiting for more. Callers that are about to
// send, perhaps woken by the last commit, get one turn before: a larger group shares
// the flush among more.
func (w *writer) gather(group []*job) []*job {
	size := group[0].size
	yielded := false
	for size < maxGroup {
		select {
		case j, open := <-w.queue:
			if !open {
				return group
			}
			group = append(group, j)
			size += j.size
			yielded = false
		default:
			if yielded {
				return group
			}
			runtime.Gosched()
			yielded = true
		}
	}
	return group
}

func (w *writer) commit(group []*job) error {
	w.using.Lock()
	defer w.using.Unlock()
	if err := w.conn.Run("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	t := &tx{conn: w.conn, state: w.state, indexes: w.indexes, kept: w.kept}
	err := t.applyAll(group)
	if err == nil {
		err = w.conn.Run("COMMIT")
	}
	if err != nil {
		if !w.conn.GetAutocommit() {
			err = errors.Join(err, w.conn.Run("ROLLBACK"))
		}
		return err
	}
	w.state = t.state
	for n, changed := range t.fresh {
		if changed != nil {
			w.indexes[n].Store(changed)
		}
	}
	t.tell()
	return nil
}

func (t *tx) applyAll(group []*job) error {
	for _, j := range group {
		if j.ctx.Err() != nil || !j.claimed.CompareAndSwap(false, true) {
			j.skipped = true
			continue
		}
		if err := j.apply(t); err != nil {
			return err
		}
	}
	for n, touched := range t.touched {
		if !touched {
			continue
		}
		now := t.state[n]
		err := t.Run("UPDATE collections SET documents=?, last=?, texts=?, listed=? WHERE number=?", now.documents, now.last, now.texts, now.listed, n)
		if err != nil {
			return err
		}
	}
	return nil
}

// next returns the collection's next number.
func (t *tx) next(in *table) int64 {
	t.touched[in.number] = true
	t.state[in.number].last++
	return t.state[in.number].last
}
