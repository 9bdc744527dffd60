package lease

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// For is how long a lease is valid without renewal.
	For = 9 * time.Second
	// leaving is how long giving a lease back is tried.
	leaving = For / 3
	// remembered is how long a lease without a holder is stored.
	remembered = time.Hour
	// prefix begins the ids of leases, among the expiring documents.
	prefix = "lease:"
)

// Lease is one process's candidacy for a job. Make one per job and process.
type Lease struct {
	store  storage.Store
	id     string
	holder string
	shared bool

	// good is For. every is how often the lease is renewed by its holder and
	// checked by others. safe is the age of the last renewal at which a holder
	// stops.
	good, every, safe time.Duration

	// seen is the revision found last, and since when it has been there by this
	// process's clock.
	seen  storage.Rev
	since time.Time
}

// New returns a lease for the job with a name. holder names the process for people
// who look at the store.
func New(store storage.Store, job, holder string) *Lease {
	_, shared := store.(storage.Shared)
	return within(For, &Lease{store: store, id: prefix + job, holder: holder, shared: shared})
}

func within(good time.Duration, l *Lease) *Lease {
	l.good, l.every, l.safe = good, good/3, 2*good/3
	return l
}

// content is the content of the document.
type content struct {
	Holder string `json:"holder"`
}

// Hold waits for the lease and does the job while it is held, repeatedly until ctx
// ends. The job's context ends when another process may soon hold the lease; the
// job must return then. It may return earlier, which gives the lease back for a
// moment. Hold returns when the job has.
func (l *Lease) Hold(ctx context.Context, job func(context.Context)) {
	for ctx.Err() == nil {
		if !l.shared {
			job(ctx)
		} else if rev, ok := l.take(ctx); ok {
			l.keep(ctx, rev, job)
		}
		select {
		case <-ctx.Done():
		case <-time.After(l.every):
		}
	}
}

// take tries once to become the holder.
func (l *Lease) take(ctx context.Context) (storage.Rev, bool) {
	doc, err := l.store.Get(ctx, storage.Flows, l.id)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		doc = storage.Document{}
	case err != nil:
		return storage.Rev{}, false
	case doc.Rev != l.seen:
		l.seen, l.since = doc.Rev, time.Now()
		return storage.Rev{}, false
	case time.Since(l.since) < l.good:
		return storage.Rev{}, false
	}
	rev, err := l.write(ctx, doc)
	return rev, err == nil
}

func (l *Lease) write(ctx context.Context, over storage.Document) (storage.Rev, error) {
	text, err := json.Marshal(content{Holder: l.holder})
	if err != nil {
		return storage.Rev{}, err
	}
	next := storage.Document{
		ID: l.id, Incarnation: over.Incarnation, Version: over.Version + 1, Content: text, ExpiresAt: time.Now().Add(remembered),
	}
	return l.store.Commit(ctx, storage.Change{In: storage.Flows, ID: l.id, Put: &next, If: over.Rev})
}

// keep does the job and renews the lease until the job returns.
func (l *Lease) keep(ctx context.Context, rev storage.Rev, job func(context.Context)) {
	working, stop := context.WithCancel(ctx)
	defer stop()
	done := make(chan struct{})
	go func() { // ends with the job, which ends with its context
		defer close(done)
		job(working)
	}()
	renewed, tick := time.Now(), time.NewTicker(l.every)
	defer tick.Stop()
	for {
		select {
		case <-done:
			l.giveBack(ctx, rev)
			return
		case <-tick.C:
		}
		began := time.Now()
		// ctx does not end this: after a renewal with an unknown result the lease
		// cannot be given back.
		next, err := l.renew(context.WithoutCancel(ctx), rev, renewed.Add(l.safe))
		if err == nil {
			rev, renewed = next, began
		} else if errors.Is(err, storage.ErrConflict) || time.Since(renewed) >= l.safe-l.every {
			stop()
			<-done
			l.giveBack(ctx, rev)
			return
		}
	}
}

func (l *Lease) renew(ctx context.Context, rev storage.Rev, until time.Time) (storage.Rev, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	doc, err := l.store.Get(ctx, storage.Flows, l.id)
	switch {
	case errors.Is(err, storage.ErrNotFound):
		return rev, storage.ErrConflict.New(l.id)
	case err != nil:
		return rev, err
	case doc.Rev != rev:
		return rev, storage.ErrConflict.New(l.id)
	}
	return l.write(ctx, doc)
}

// giveBack lets another server take over at once. If it fails, the others wait for
// For.
func (l *Lease) giveBack(ctx context.Context, rev storage.Rev) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), leaving)
	defer cancel()
	_, _ = l.store.Commit(ctx, storage.Change{In: storage.Flows, ID: l.id, If: rev})
}
