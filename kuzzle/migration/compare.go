package migration

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// maxNamed is how many differences a MismatchError names.
const maxNamed = 10

// MismatchError means that the target differs from the source.
type MismatchError struct {
	// Named are some of the differences, in words; Count is their number.
	Named []string
	Count int64
}

func (e *MismatchError) Error() string {
	more := ""
	if n := e.Count - int64(len(e.Named)); n > 0 {
		more = fmt.Sprintf(", and %d more", n)
	}
	return fmt.Sprintf("the copy differs from its source: %s%s; make sure that nobody writes to either, and run the same command again: it rewrites the differences",
		strings.Join(e.Named, ", "), more)
}

func (e *MismatchError) note(format string, args ...any) {
	if e.Count++; len(e.Named) < maxNamed {
		e.Named = append(e.Named, fmt.Sprintf(format, args...))
	}
}

// compare reads both sides again and returns the sums of the target.
func (p *Plan) compare(ctx context.Context) ([]Sum, error) {
	progress := Progress{Phase: Checking, Total: p.total(ctx)}
	var sums []Sum
	var wrong MismatchError
	for _, of := range storage.Collections {
		progress.Collection = of
		p.Progress(progress)
		from, to := Sum{Of: string(of)}, Sum{Of: string(of)}
		err := pairs(ctx, newStream(p.From, of), newStream(p.To, of), func(a, b *storage.Kept) error {
			switch {
			case b == nil:
				wrong.note("%s %q is missing", of, a.ID)
			case a == nil:
				wrong.note("%s %q is not in the source", of, b.ID)
			case digest(a) != digest(b):
				wrong.note("%s %q differs", of, a.ID)
			}
			from.addKept(a)
			to.addKept(b)
			if progress.Done++; progress.Done%storage.WalkLength == 0 {
				p.Progress(progress)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		if err := p.compareMapping(ctx, of, &wrong); err != nil {
			return nil, err
		}
		sums = append(sums, to)
		if from != to && wrong.Count == 0 {
			wrong.note("%s has the checksum %s and should have %s", of, to.Checksum(), from.Checksum())
		}
	}
	p.Progress(progress)
	latches, err := p.compareLatches(ctx, &wrong)
	if err == nil && wrong.Count > 0 {
		err = &wrong
	}
	return append(sums, latches), err
}

func (p *Plan) compareMapping(ctx context.Context, of storage.Collection, wrong *MismatchError) error {
	from, err := p.From.Mapping(ctx, of)
	if err != nil {
		return err
	}
	to, err := p.To.Mapping(ctx, of)
	if err == nil && !reflect.DeepEqual(from, to) {
		wrong.note("the mapping of %s differs", of)
	}
	return err
}

func (p *Plan) compareLatches(ctx context.Context, wrong *MismatchError) (Sum, error) {
	from, to := Sum{Of: latchSum}, Sum{Of: latchSum}
	err := p.From.Latches(ctx, func(latch storage.Claim) error {
		from.addLatch(latch)
		return nil
	})
	if err != nil {
		return to, err
	}
	err = p.To.Latches(ctx, func(latch storage.Claim) error {
		to.addLatch(latch)
		return nil
	})
	if from != to {
		wrong.note("the latches differ: there are %d and should be %d", to.Count, from.Count)
	}
	return to, err
}
