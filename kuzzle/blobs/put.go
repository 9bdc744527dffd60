package blobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Put stores the content of a reader for an owner, at most [MaxBytes]; more is
// [ErrTooLarge]. It returns errors of the reader unchanged. It uses [Memory] bytes
// for any size. After an error nothing is stored, or Sweep removes the rest.
func (b *Blobs) Put(ctx context.Context, owner string, from io.Reader) (Ref, error) {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	id, err := newID()
	if err != nil {
		return Ref{}, err
	}
	holdID, err := newID()
	if err != nil {
		return Ref{}, err
	}
	now := b.now().UnixMilli()
	v := versioned{id: id, head: head{State: filling, At: now}}
	own := hold{ID: holdID, Owner: owner, At: now}
	ref := Ref{ID: id, Hold: holdID}
	err = b.write(ctx, &v, "", "")
	if err == nil {
		ref.Hash, ref.Size, err = b.fill(ctx, id, from)
	}
	if err == nil {
		v.Hash, v.Size = ref.Hash, ref.Size
		ref.ID, err = b.keep(ctx, v, own)
	}
	if err != nil || ref.ID != id {
		b.abandon(ctx, id, holdID)
	}
	if err != nil {
		return Ref{}, err
	}
	return ref, nil
}

// keep changes a blob to "kept", or adds the hold to an existing blob with the
// same content. It returns the id of the held blob.
func (b *Blobs) keep(ctx context.Context, v versioned, own hold) (id string, err error) {
	v.State, v.At, v.Holds = kept, b.now().UnixMilli(), []hold{own}
	var taken *storage.TakenError
	for try := range tries {
		err := b.write(ctx, &v, v.Hash, "")
		if !errors.As(err, &taken) {
			return v.id, err
		}
		other, is := headID(taken.Held)
		if !is {
			break
		}
		joined, err := b.join(ctx, other, own)
		if err != nil {
			b.abandon(ctx, other, own.ID)
			return "", err
		}
		if joined {
			return other, nil
		}
		if err := pause(ctx, try); err != nil {
			return "", err
		}
	}
	// The existing blob is so busy that this one is not shared.
	return v.id, b.write(ctx, &v, "", "")
}

// abandon removes a blob that was not kept after all.
func (b *Blobs) abandon(ctx context.Context, id, holdID string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleaning)
	defer cancel()
	_, err := b.read(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		err = b.removePieces(ctx, id, 0) // Sweep removed the head, and pieces were written later
	} else if err == nil {
		err = b.release(ctx, id, holdID)
	}
	if err != nil {
		b.log.WarnContext(ctx, "the rest of a blob stays until the upkeep removes it", "blob", id, "cause", err)
	}
}

// fill writes all pieces.
func (b *Blobs) fill(ctx context.Context, id string, from io.Reader) (hash string, size int64, err error) {
	sum := sha256.New()
	piece := make([]byte, pieceBytes)
	for n := 0; ; n++ {
		length, err := io.ReadFull(from, piece)
		last := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !last {
			return "", 0, err
		}
		if size += int64(length); size > b.maxBytes {
			return "", 0, ErrTooLarge.New(b.maxBytes)
		}
		sum.Write(piece[:length])
		if length > 0 {
			if err := b.writePiece(ctx, id, n, piece[:length]); err != nil {
				return "", 0, err
			}
		}
		if last {
			return hex.EncodeToString(sum.Sum(nil)), size, nil
		}
	}
}
