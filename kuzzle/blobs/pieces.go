package blobs

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

func pieceID(id string, n int) string { return fmt.Sprintf("%s%s:%03d", piecePrefix, id, n) }

// headID returns the id of the blob that holds a claim.
func headID(held storage.Claim) (id string, is bool) {
	id, is = strings.CutPrefix(held.Owner, headPrefix)
	return id, is && held.Of == storage.Blobs
}

// pieces returns the number of pieces of a blob.
func pieces(size int64) int { return int((size + pieceBytes - 1) / pieceBytes) }

// writePiece stores a piece as a JSON string in the area that is never indexed.
func (b *Blobs) writePiece(ctx context.Context, id string, n int, piece []byte) error {
	text := make([]byte, 0, base64.StdEncoding.EncodedLen(len(piece))+2)
	text = append(base64.StdEncoding.AppendEncode(append(text, '"'), piece), '"')
	_, err := b.store.Commit(ctx, storage.Change{
		In: storage.Blobs, ID: pieceID(id, n), Put: &storage.Document{Version: 1, Auth: text},
	})
	return err
}

// readPiece reads a piece; one that is missing is [ErrGone].
func (b *Blobs) readPiece(ctx context.Context, id string, n int) ([]byte, error) {
	doc, err := b.store.Get(ctx, storage.Blobs, pieceID(id, n))
	if errors.Is(err, storage.ErrNotFound) {
		return nil, ErrGone
	}
	if err != nil {
		return nil, err
	}
	var piece []byte
	return piece, json.Unmarshal(doc.Auth, &piece)
}

// removePieces removes the pieces of a blob; if its size is 0, because it was not
// filled completely, all that it may have.
func (b *Blobs) removePieces(ctx context.Context, id string, size int64) error {
	if size == 0 {
		size = b.maxBytes
	}
	ctx, err := paid(ctx)
	if err != nil {
		return err
	}
	for n := range pieces(size) {
		doc, err := b.store.Get(ctx, storage.Blobs, pieceID(id, n))
		if err == nil {
			_, err = b.store.Commit(ctx, storage.Change{In: storage.Blobs, ID: doc.ID, If: doc.Rev})
		}
		if err != nil && !errors.Is(err, storage.ErrNotFound) && !errors.Is(err, storage.ErrConflict) {
			return err
		}
	}
	return nil
}

// paid returns a context for reading pieces one at a time, once the request has
// [Memory] bytes of the budget. A removal waits for them, because the pieces would
// otherwise stay.
func paid(ctx context.Context) (context.Context, error) {
	share := budget.From(ctx)
	if err := share.Await(ctx, Memory-share.Held()); err != nil {
		return nil, err
	}
	return budget.With(ctx, new(budget.Share)), nil
}

// Content is a blob that is being read.
type Content struct {
	blobs *Blobs
	ref   Ref
	first []byte
}

// Open begins to read a blob. [ErrGone] means that it no longer exists.
func (b *Blobs) Open(ctx context.Context, ref Ref) (*Content, error) {
	c := &Content{blobs: b, ref: ref}
	var err error
	if ref.Size > 0 {
		c.first, err = b.readPiece(ctx, ref.ID, 0)
	}
	return c, err
}

// Copy writes the whole content, and uses [Memory] bytes. It may be called once.
// After an error the destination may have a part of the content.
func (c *Content) Copy(ctx context.Context, to io.Writer) error {
	written, piece := int64(0), c.first
	c.first = nil
	for n := range pieces(c.ref.Size) {
		if n > 0 {
			var err error
			if piece, err = c.blobs.readPiece(ctx, c.ref.ID, n); err != nil {
				return err
			}
		}
		length, err := to.Write(piece)
		if written += int64(length); err != nil {
			return err
		}
	}
	if written != c.ref.Size {
		return fmt.Errorf("blobs: blob %s has %d bytes, not %d", c.ref.ID, written, c.ref.Size)
	}
	return nil
}
