package rights

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Within one process, nobody can start to hold a role or profile between the check that nobody
// holds it and its deletion. Another server can: it checks that the document exists, and writes a
// moment later. So if there are other servers, a deletion first marks the document as leaving. A
// reader of a marked document may not start to hold it. After storage.Lease every server sees the
// mark. Writes that began earlier are done by then, and a second check finds them. If a deletion is
// killed in between, its mark expires.

// leavingFor is the life of a mark: longer than a deletion takes plus the difference between the
// servers' clocks.
const leavingFor = 30 * time.Second

// leaving is the mark, in the document's Auth.
type leaving struct {
	Until int64 `json:"leavingUntil"`
}

func isLeaving(doc storage.Document, now time.Time) bool {
	var mark leaving
	return len(doc.Auth) > 0 && json.Unmarshal(doc.Auth, &mark) == nil && now.UnixMilli() < mark.Until
}

// Beside makes deletions wait for other servers on the store while others reports true. It is
// called before anything else.
func (k *Store) Beside(others func() bool) { k.others = others }

// removal is the deletion of a role or a profile.
type removal struct {
	k       *Store
	in      storage.Collection
	id      string
	missing *fault.Kind
	visible bool
	// allowed may refuse the deletion. free refuses it while a user holds the document, or takes
	// the document from the users; it may be called twice.
	allowed, free func() error
}

// run deletes the document unless somebody holds it.
func (r removal) run(ctx context.Context) error {
	var marked storage.Document
	err := r.k.Exclude(func() error {
		if err := r.allowed(); err != nil {
			return err
		}
		if err := r.free(); err != nil {
			return err
		}
		doc, err := r.k.get(ctx, r.in, r.id, r.missing)
		if err != nil {
			return err
		}
		if r.k.others == nil || !r.k.others() {
			return r.end(ctx, doc)
		}
		if marked = doc; isLeaving(doc, r.k.now()) {
			return nil // another deletion of the same document runs
		}
		marked, err = r.mark(ctx, doc, r.k.now().Add(leavingFor))
		return err
	})
	if err != nil || marked.ID == "" {
		return err // the document is deleted, or stays
	}
	err = r.k.bound(ctx)
	return r.k.Exclude(func() error {
		if err == nil {
			err = r.free()
		}
		if err == nil && !isLeaving(marked, r.k.now()) {
			err = storage.ErrConflict.New(r.id)
		}
		if err != nil {
			// A conflict means that somebody wrote the document again, without the mark.
			_, kept := r.mark(context.WithoutCancel(ctx), marked, time.Time{})
			if kept == nil || errors.Is(kept, storage.ErrConflict) {
				return err
			}
			return errors.Join(err, kept)
		}
		return r.end(ctx, marked)
	})
}

// untilBound waits until all servers know of a write.
func untilBound(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(storage.Lease):
		return nil
	}
}

// end deletes a document in the state that was read. Another deletion may have been faster.
func (r removal) end(ctx context.Context, doc storage.Document) error {
	r.k.Invalidate()
	_, err := r.k.store.Commit(ctx, storage.Change{In: r.in, ID: r.id, If: doc.Rev, Visible: r.visible})
	r.k.Invalidate()
	if errors.Is(err, storage.ErrConflict) {
		if _, gone := r.k.get(ctx, r.in, r.id, r.missing); errors.Is(gone, r.missing) {
			return gone
		}
	}
	return err
}

// mark marks a document as leaving until a time; the zero time removes the mark.
func (r removal) mark(ctx context.Context, doc storage.Document, until time.Time) (storage.Document, error) {
	rev := doc.Rev
	doc.Auth = nil
	if !until.IsZero() {
		var err error
		if doc.Auth, err = json.Marshal(leaving{until.UnixMilli()}); err != nil {
			return doc, err
		}
	}
	var err error
	r.k.Invalidate()
	doc.Rev, err = r.k.store.Commit(ctx, storage.Change{In: r.in, ID: r.id, Put: &doc, If: rev})
	r.k.Invalidate()
	return doc, err
}
