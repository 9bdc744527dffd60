package sqlite

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/binding"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/indexed"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/inserts"
)

// batch are creations that are written together, each tree in the order of its keys:
// a page with several of them is found and written once. No id and no key occurs
// twice in it, so the order of the creations does not matter.
type batch struct {
	table  *table
	schema *mapping.Schema
	writes []*write // by id
	takes  []taking // by key
	// shared are terms of every creation, in order; postings are all others, by
	// field, value, document; listed are those of the index of orders, by field,
	// value, id.
	shared           []indexed.Term
	postings, listed []posting
	// later are creations that repeat an id or key of an earlier one.
	later []*write
}

// taking is a claim to write, posting a term with its document.
type (
	taking struct {
		key string
		w   *write
	}
	posting struct {
		indexed.Term
		w *write
	}
)

// leastBatch is the number of creations from which sorting pays.
const leastBatch = 8

// steps returns functions that apply the writes: a batch for consecutive creations,
// the given order for all others. A nil was refused before.
func steps(writes []*write) []func(*tx) error {
	writes = slices.DeleteFunc(slices.Clone(writes), func(w *write) bool { return w == nil })
	var list []func(*tx) error
	for len(writes) > 0 {
		n := 0
		for n < len(writes) && writes[n].fits(writes[0]) {
			n++
		}
		if n >= leastBatch {
			list = append(list, newBatch(writes[:n:n]).apply)
			writes = writes[n:]
			continue
		}
		n = max(1, n)
		for _, w := range writes[:n] {
			list = append(list, w.apply)
		}
		writes = writes[n:]
	}
	return list
}

// fits reports whether the write is a creation that only claims, prepared under the
// same mapping as the first of its batch.
func (w *write) fits(first *write) bool {
	if w.table != first.table || w.schema != first.schema || w.Put == nil || w.If != (storage.Rev{}) || len(w.Free)+len(w.Outbox) > 0 {
		return false
	}
	if w.found != nil && w.terms == nil {
		return false // a field has no number yet
	}
	return !slices.ContainsFunc(w.Take, func(take storage.Take) bool { return take.Latch || take.Once })
}

func newBatch(writes []*write) *batch {
	b := &batch{table: writes[0].table, schema: writes[0].schema, writes: slices.Clone(writes)}
	if b.order(); b.repeats() {
		b.separate(writes)
		b.order()
	}
	b.collect()
	return b
}

// order sorts the creations and their claims.
func (b *batch) order() {
	slices.SortFunc(b.writes, func(x, y *write) int { return strings.Compare(x.ID, y.ID) })
	b.takes = make([]taking, 0, 4*len(b.writes))
	for _, w := range b.writes {
		for i, take := range w.Take {
			if !slices.ContainsFunc(w.Take[:i], func(before storage.Take) bool { return before.Key == take.Key }) {
				b.takes = append(b.takes, taking{take.Key, w})
			}
		}
	}
	slices.SortFunc(b.takes, func(x, y taking) int { return strings.Compare(x.key, y.key) })
}

// repeats reports whether an id or a key occurs twice.
func (b *batch) repeats() bool {
	for i := 1; i < len(b.writes); i++ {
		if b.writes[i].ID == b.writes[i-1].ID {
			return true
		}
	}
	for i := 1; i < len(b.takes); i++ {
		if b.takes[i].key == b.takes[i-1].key {
			return true
		}
	}
	return false
}

// separate moves creations that repeat an earlier id or key to later.
func (b *batch) separate(given []*write) {
	named := make(map[string]bool, 4*len(given))
	b.writes = b.writes[:0]
	for _, w := range given {
		names := make([]string, 0, 8)
		names = append(names, "i"+w.ID)
		for _, take := range w.Take {
			names = append(names, "k"+take.Key)
		}
		if slices.ContainsFunc(names, func(name string) bool { return named[name] }) {
			b.later = append(b.later, w)
		} else {
			b.writes = append(b.writes, w)
		}
		for _, name := range names {
			named[name] = true
		}
	}
}

// collect sorts the terms: by field first, of which there are few, and then those of
// each field that are not the same for all.
func (b *batch) collect() {
	of := map[int64][]posting{}
	for _, w := range b.writes {
		for _, one := range w.terms {
			if of[one.Field] == nil {
				of[one.Field] = make([]posting, 0, len(b.writes))
			}
			of[one.Field] = append(of[one.Field], posting{one, w})
		}
	}
	for _, field := range slices.Sorted(maps.Keys(of)) {
		all := of[field]
		listed := all[0].Edge != 0
		// A document has a term only once.
		if !listed && len(all) == len(b.writes) && !slices.ContainsFunc(all, func(one posting) bool { return one.Term != all[0].Term }) {
			b.shared = append(b.shared, all[0].Term)
			continue
		}
		slices.SortFunc(all, func(x, y posting) int {
			return cmp.Or(mapping.Compare(x.Value, y.Value), strings.Compare(x.w.ID, y.w.ID))
		})
		if listed {
			b.listed = append(b.listed, all...)
		} else {
			b.postings = append(b.postings, all...)
		}
	}
}

// apply writes the batch. Documents come first: an existing id is reported before
// every other fault of a creation, and a new document has no claims except those
// made here.
func (b *batch) apply(t *tx) error {
	if b.table.terms != "" && b.schema != t.index(b.table).schema {
		// The documents must be read again.
		b.later = slices.Concat(b.writes, b.later)
		b.writes, b.takes, b.shared, b.postings, b.listed = nil, nil, nil, nil, nil
	}
	for _, w := range b.writes {
		inserted, err := t.insert(w)
		if err != nil {
			return err
		}
		if !inserted {
			w.result.Err = storage.ErrExists.New()
		}
	}
	if err := b.claim(t); err != nil {
		return err
	}
	if err := b.share(t); err != nil {
		return err
	}
	if err := b.index(t); err != nil {
		return err
	}
	if err := t.list(b.table, b.listed); err != nil {
		return err
	}
	for _, w := range b.writes {
		if w.result.Err != nil {
			continue
		}
		if err := t.indexText(w.table, w.result.Rev.Seq, w.text); err != nil {
			return err
		}
		t.note(w.table, w.ID, nil, w.terms)
	}
	for _, w := range b.later {
		if err := w.apply(t); err != nil {
			return err
		}
	}
	return nil
}

// claim writes the claims. A creation that does not get one is withdrawn.
func (b *batch) claim(t *tx) error {
	return inserts.HandOut(b.takes, func(one taking) bool { return one.w.result.Err != nil }, func(some []taking) error {
		s, err := t.Prepared(insertClaims()[len(some)], string(b.table.of))
		if err != nil {
			return err
		}
		for i, one := range some {
			if err := bindRow(s, i, one.key, one.w.ID, one.w.Put.Incarnation); err != nil {
				return err
			}
		}
		if err := s.Exec(); err != nil || t.Changes() == int64(len(some)) {
			return err
		}
		for _, one := range some {
			if err := t.withdraw(one); err != nil {
				return err
			}
		}
		return nil
	})
}

// bindRow binds the texts of one of several rows, after the shared ones.
func bindRow(s *sqlite3.Stmt, row int, texts ...string) error {
	for i, text := range texts {
		if err := s.BindText(row*len(texts)+i+2, text); err != nil {
			return err
		}
	}
	return nil
}

// withdraw removes a creation of this transaction, not indexed yet, if another
// document holds its key.
func (t *tx) withdraw(one taking) error {
	w := one.w
	h, _, err := t.holder(one.key)
	if err != nil || w.result.Err != nil || h.Of == w.In && h.Owner == w.ID && h.Incarnation == w.Put.Incarnation {
		return err
	}
	for _, take := range w.Take {
		err := t.Run("DELETE FROM claims WHERE key=? AND of=? AND owner=? AND incarnation=?", take.Key, string(w.In), w.ID, w.Put.Incarnation)
		if err != nil {
			return err
		}
	}
	if err := t.Run("DELETE FROM "+w.table.documents+" WHERE seq=?", w.result.Rev.Seq); err != nil {
		return err
	}
	t.state[w.table.number].documents--
	w.result = storage.Result{Err: &storage.TakenError{Key: one.key, Held: h.Claim}}
	return nil
}

// share indexes the documents under the terms of all of them.
func (b *batch) share(t *tx) error {
	for _, one := range b.shared {
		err := inserts.HandOut(b.writes, func(w *write) bool { return w.result.Err != nil }, func(some []*write) error {
			s, err := t.Prepared(b.table.insertShared()[len(some)], one.Field, one.Value)
			if err != nil {
				return err
			}
			for i, w := range some {
				if err := s.BindInt64(i+3, w.result.Rev.Seq); err != nil {
					return err
				}
			}
			return s.Exec()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *batch) index(t *tx) error {
	return inserts.HandOut(b.postings, posting.refused, func(some []posting) error {
		s, err := t.Prepared(b.table.insertPostings()[len(some)])
		if err != nil {
			return err
		}
		for i, one := range some {
			if err := bindPosting(s, 3*i, one); err != nil {
				return err
			}
		}
		return s.Exec()
	})
}

// refused reports whether the posting's creation was refused.
func (p posting) refused() bool { return p.w.result.Err != nil }

func bindPosting(s *sqlite3.Stmt, after int, one posting) error {
	if err := s.BindInt64(after+1, one.Field); err != nil {
		return err
	}
	if err := binding.One(s, after+2, one.Value); err != nil {
		return err
	}
	return s.BindInt64(after+3, one.w.result.Rev.Seq)
}

var insertClaims = inserts.Rows("claims (of, key, owner, incarnation, latch)", "(?1,?,?,?,0)")
