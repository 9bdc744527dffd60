package migration

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// maxNamed is how many findings an error names.
const maxNamed = 20

// noted are findings, of which some are kept in words.
type noted struct {
	Named []string
	Count int64
}

func (n *noted) note(format string, args ...any) {
	if n.Count++; len(n.Named) < maxNamed {
		n.Named = append(n.Named, fmt.Sprintf(format, args...))
	}
}

func (n *noted) String() string {
	text := strings.Join(n.Named, ", ")
	if more := n.Count - int64(len(n.Named)); more > 0 {
		text += fmt.Sprintf(", and %d more", more)
	}
	return text
}

// MismatchError means that the target differs from the source. Named are some of the
// differences.
type MismatchError struct{ noted }

func (e *MismatchError) Error() string {
	return fmt.Sprintf("the copy differs from its source: %s; make sure that nobody writes to either, and run the same command again: it rewrites the differences", &e.noted)
}

// CollisionError means that several documents of the source claim the same key after
// their Change. Named are some of the pairs, without the key.
type CollisionError struct{ noted }

func (e *CollisionError) Error() string {
	return fmt.Sprintf("%d names would belong to several users, and the copy is not finished: %s; "+
		"start the server on the source as before, give all but one of those users other names, and run the same command again", e.Count, &e.noted)
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
		err := p.pairs(ctx, of, func(a, b *storage.Kept) error {
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
