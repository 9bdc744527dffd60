package totals

import (
	"sync"
	"sync/atomic"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
)

// IDs is the field of documents' ids; other fields have positive numbers.
const IDs = -1

// Bounds of a collection's numbers. A field without a request during so many changes is
// dropped, which ends its upkeep.
const (
	mostFields  = 32
	mostLogged  = 200_000
	mostUnasked = 100_000
)

// Kept are the numbers of a collection's fields.
type Kept struct {
	watching atomic.Bool

	mu     sync.Mutex
	last   int64 // the last revision whose changes are counted
	fields map[int64]*field
	wanted map[int64]bool
	// counting is set while a field is being counted; log has the changes since.
	counting bool
	log      []logged
	logged   int

	generation int64
	held       held
}

type logged struct {
	last    int64
	changes []Change
}

// Change is a document's rows before and after it was written.
type Change struct{ Had, Has []indexed.Term }

// Ask asks for the number of documents with a value of the field in the spans.
type Ask struct {
	Field int64
	Spans []mapping.Span
}

// Answer has the known sum, and the rows of the field that are left to count.
type Answer struct {
	Known bool
	Sum   int64
	Edges []mapping.Span
	// Single is set if no document has several values of the field.
	Single bool
}

// Watching reports whether Apply needs changes.
func (k *Kept) Watching() bool { return k.watching.Load() }

// Answers answers questions about the collection at its revision last. It reports whether
// the numbers are of that revision: a transaction applies its changes just after it is
// committed.
func (k *Kept) Answers(last int64, asks []Ask) (answers []Answer, same bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	answers = make([]Answer, len(asks))
	for i, ask := range asks {
		f := k.fields[ask.Field]
		if f == nil {
			continue
		}
		if k.last != last {
			return nil, false
		}
		f.unasked = 0
		a := &answers[i]
		a.Sum, a.Edges, a.Known = f.total(ask.Spans)
		a.Single = f.several != nil && len(f.several) == 0
	}
	return answers, true
}

// Want requests the count of a field, and reports whether the request is new.
func (k *Kept) Want(number int64) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.fields[number] != nil || k.wanted[number] || len(k.wanted) >= mostFields {
		return false
	}
	if k.wanted == nil {
		k.wanted = map[int64]bool{}
	}
	k.wanted[number] = true
	return true
}

// Wanted returns the field to count next.
func (k *Kept) Wanted() (number int64, is bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for number := range k.wanted {
		delete(k.wanted, number)
		return number, true
	}
	return 0, false
}

// Begin announces the count of a field in a snapshot that is taken afterwards. No
// transaction is under way, and last is the present revision.
func (k *Kept) Begin(last int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last, k.counting, k.log, k.logged = last, true, nil, 0
	k.watching.Store(true)
}

// Finish stores a field that was counted at a revision; nil gives up.
func (k *Kept) Finish(number int64, c *Counting, last int64) {
	k.mu.Lock()
	defer k.mu.Unlock()
	log, counting := k.log, k.counting
	k.log, k.counting = nil, false
	if c == nil || !counting {
		return
	}
	f := c.done()
	for _, entry := range log {
		if entry.last > last {
			f.apply(number, entry.changes)
		}
	}
	if len(k.fields) >= mostFields {
		k.dropOldest()
	}
	if k.fields == nil {
		k.fields = map[int64]*field{}
	}
	k.fields[number] = f
}

func (k *Kept) dropOldest() {
	oldest, unasked := int64(0), -1
	for number, f := range k.fields {
		if f.unasked > unasked {
			oldest, unasked = number, f.unasked
		}
	}
	delete(k.fields, oldest)
}

// Apply applies the changes of a transaction that led to a revision.
func (k *Kept) Apply(last int64, changes []Change) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.last = last
	for number, f := range k.fields {
		f.apply(number, changes)
		if f.unasked += len(changes); f.unasked > mostUnasked {
			delete(k.fields, number)
		}
	}
	if k.counting {
		k.log = append(k.log, logged{last, changes})
		if k.logged += len(changes); k.logged > mostLogged {
			k.counting, k.log = false, nil
		}
	}
	k.watching.Store(k.counting || len(k.fields) > 0)
}

// Forget drops all numbers, because the indexing of documents changes.
func (k *Kept) Forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.fields, k.wanted, k.counting, k.log = nil, nil, false, nil
	k.generation++
	k.held = held{}
	k.watching.Store(false)
}

func (f *field) apply(number int64, changes []Change) {
	for _, change := range changes {
		f.change(valuesOf(number, change.Had), valuesOf(number, change.Has))
	}
}

func valuesOf(number int64, terms []indexed.Term) (values []any) {
	for _, one := range terms {
		if one.Field == number {
			values = append(values, one.Value)
		}
	}
	return values
}
