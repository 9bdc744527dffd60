package codes

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math/big"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

const (
	// Length is the number of digits of a code.
	Length = 6
	// keeps is how often a code is stored when others write at the same time.
	keeps = 10
)

// Digits draws the text of a code.
func Digits() (string, error) {
	drawn, err := rand.Int(rand.Reader, big.NewInt(1_000_000))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%0*d", Length, drawn), nil
}

// Keep stores the document of a code over an earlier one. Its version is one.
func (cs *Codes) Keep(ctx context.Context, doc storage.Document) error {
	for try := 1; ; try++ {
		change := storage.Change{In: storage.Flows, ID: doc.ID, Put: &doc}
		before, err := cs.Store.Get(ctx, storage.Flows, doc.ID)
		if err == nil {
			change.If = before.Rev
		} else if !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		_, err = cs.Store.Commit(ctx, change)
		if another := errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists); !another || try == keeps {
			return err
		}
	}
}

// CountTry counts a try in the version of a code's document, and returns the document. It counts before
// the code is compared, so that concurrent tries are limited like sequential ones. Faults: ErrExpired,
// ErrTried.
func (cs *Codes) CountTry(ctx context.Context, id string) (storage.Document, error) {
	for {
		doc, err := cs.Store.Get(ctx, storage.Flows, id)
		switch {
		case errors.Is(err, storage.ErrNotFound), err == nil && !cs.Now().Before(doc.ExpiresAt):
			return doc, ErrExpired.New()
		case err != nil:
			return doc, err
		case doc.Version > Tries:
			return doc, ErrTried.New()
		}
		next := doc
		next.Version++
		next.Rev, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: id, Put: &next, If: doc.Rev})
		if !errors.Is(err, storage.ErrConflict) {
			return next, err
		}
	}
}

// UseUp deletes the document of a code as CountTry returned it. Faults for one that was used or replaced
// meanwhile: ErrCode, ErrExpired.
func (cs *Codes) UseUp(ctx context.Context, seen storage.Document) error {
	for doc := seen; ; {
		_, err := cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: doc.ID, If: doc.Rev})
		if errors.Is(err, storage.ErrConflict) {
			if doc, err = cs.Store.Get(ctx, storage.Flows, seen.ID); err == nil && bytes.Equal(doc.Content, seen.Content) {
				continue // another try was counted
			}
			if err == nil {
				return ErrCode.New()
			}
		}
		if errors.Is(err, storage.ErrNotFound) {
			return ErrExpired.New()
		}
		return err
	}
}
