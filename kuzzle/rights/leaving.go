package rights

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Within one process nobody starts to hold a role or a profile between the check that
// nobody holds it and its end. Another server may: it checked that the document is there,
// and writes a moment later. So where there are others a deletion marks the document
// first, as leaving. Whoever reads it then may not start to hold it, and storage.Lease
// later that binds everywhere. Whoever began before has written by then and is seen by a
// second check. A deletion that is killed in between leaves a mark that ends by itself.

// leavingFor is how long a mark counts: longer than a deletion takes and than the clocks
// of servers differ.
const leavingFor = 30 * time.Second

// leaving is the mark, in the document's Auth.
type leaving struct {
	Until int64 `json:"leavingUntil"`
}

func isLeaving(doc storage.Document, now time.Time) bool {
	var mark leaving
	return len(doc.Auth) > 0 && json.Unmarshal(doc.Auth, &mark) == nil && now.UnixMilli() < mark.Until
}

// Beside has deletions wait for other servers that write the store, as long as others
// says that there are any. It is called before anything else.
func (k *Store) Beside(others func() bool) { k.others = others }

// removal is the deletion of a role or a profile.
type removal struct {
	k       *Store
	in      storage.Collection
	id      string
	missing *fault.Kind
	visible bool
	// allowed refuses it, and free refuses it while somebody holds the document, or takes
	// it from them. Free may be called twice.
	allowed, free func() error
}

// run deletes the document, if nobody holds it.
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
			return nil // somebody else deletes it as well
		}
		marked, err = r.mark(ctx, doc, r.k.now().Add(leavingFor))
		return err
	})
	if err != nil || marked.ID == "" {
		return err // it is gone, or stays
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
			// A conflict is that somebody wrote it anew, without the mark.
			_, kept := r.mark(context.WithoutCancel(ctx), marked, time.Time{})
			if kept == nil || errors.Is(kept, storage.ErrConflict) {
				return err
			}
			return errors.Join(err, kept)
		}
		return r.end(ctx, marked)
	})
}

// untilBound waits until other servers know of what was written.
func untilBound(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(storage.Lease):
		return nil
	}
}

// end deletes a document as it was read. Somebody else may have been quicker.
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

// mark writes a document as leaving until then, or as staying, for the zero time.
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
