package history

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// The prefixes of the documents' ids.
const (
	usersPrefix  = "history:"
	recentPrefix = "recent:"
)

// walked is how many documents are read at once.
const walked = 100

// idOf returns the id of a user's events.
func idOf(kuid string) string {
	sum := sha256.Sum256([]byte(kuid))
	return usersPrefix + hex.EncodeToString(sum[:])
}

// change returns the write of a value as JSON over a document.
func change(id string, was storage.Document, value any, expires time.Time) (storage.Change, error) {
	text, err := json.Marshal(value)
	doc := storage.Document{
		ID: id, Incarnation: was.Incarnation, Version: was.Version + 1, Content: []byte(`{}`), Auth: text, ExpiresAt: expires,
	}
	return storage.Change{In: storage.Flows, ID: id, Put: &doc, If: was.Rev}, err
}

// lostRace reports whether somebody else wrote a document at the same time.
func lostRace(err error) bool {
	return errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists)
}

// Forget removes the events of a user.
func (h *History) Forget(ctx context.Context, kuid string) error {
	h.mu.Lock()
	h.held -= len(h.waiting[kuid])
	delete(h.waiting, kuid)
	h.mu.Unlock()
	doc, err := h.Store.Get(ctx, storage.Flows, idOf(kuid))
	if err == nil {
		_, err = h.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
	}
	if errors.Is(err, storage.ErrNotFound) || lostRace(err) {
		return nil
	}
	return err
}

// ForgetUsers removes the events of all users.
func (h *History) ForgetUsers(ctx context.Context) error {
	return h.each(ctx, usersPrefix, usersPrefix, func(doc storage.Document) (bool, error) {
		_, err := h.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
		if errors.Is(err, storage.ErrNotFound) || lostRace(err) {
			err = nil
		}
		return true, err
	})
}

// each passes the documents after an id that begin with a prefix, until do returns false.
func (h *History) each(ctx context.Context, after, prefix string, do func(storage.Document) (bool, error)) error {
	for {
		page, err := h.Store.Walk(ctx, storage.Flows, after, walked)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, kept := range page {
			if after = kept.ID; !strings.HasPrefix(after, prefix) {
				return nil
			}
			if more, err := do(kept.Document); err != nil || !more {
				return err
			}
		}
	}
}
