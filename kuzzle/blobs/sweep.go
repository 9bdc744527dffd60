package blobs

import (
	"context"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// sweepPage is how many heads are read at once.
const sweepPage = 100

// Refers reports whether an owner refers to a blob by a hold.
type Refers func(ctx context.Context, owner, id, hold string) (bool, error)

// Sweep removes data that an interrupted process left an hour ago or earlier:
// incomplete blobs, leaving blobs, and holds without a reference of their owner. It
// returns how many it removed. Several processes may sweep at once.
func (b *Blobs) Sweep(ctx context.Context, refers Refers) (removed int, err error) {
	return b.sweep(ctx, b.now().Add(-grace), refers)
}

// Clear is like Sweep for data of any age.
func (b *Blobs) Clear(ctx context.Context, refers Refers) error {
	_, err := b.sweep(ctx, b.now().Add(time.Hour), refers)
	return err
}

func (b *Blobs) sweep(ctx context.Context, before time.Time, refers Refers) (removed int, err error) {
	for after := headPrefix; ; {
		page, err := b.store.Walk(ctx, storage.Blobs, after, sweepPage)
		if err != nil || len(page) == 0 {
			return removed, err
		}
		for i := range page {
			after = page[i].ID
			v, err := readHead(strings.TrimPrefix(after, headPrefix), page[i].Document)
			if err != nil {
				return removed, err
			}
			n, err := b.sweepOne(ctx, v, before.UnixMilli(), refers)
			if removed += n; err != nil {
				return removed, err
			}
		}
	}
}

func (b *Blobs) sweepOne(ctx context.Context, v versioned, before int64, refers Refers) (removed int, err error) {
	if v.State != kept {
		if v.At >= before {
			return 0, nil
		}
		return 1, b.release(ctx, v.id, "")
	}
	for _, h := range v.Holds {
		if h.At >= before {
			continue
		}
		is, err := refers(ctx, h.Owner, v.id, h.ID)
		if err != nil {
			return removed, err
		}
		if is {
			continue
		}
		if err := b.release(ctx, v.id, h.ID); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
