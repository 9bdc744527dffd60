package storagetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"pgregory.net/rapid"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// model is the expected content of a store: documents and claims, in plain
// maps.
type model struct {
	f    *fixture
	run  int
	docs map[string]*modelDoc
	held map[string]modelClaim
}

type modelDoc struct {
	rev     storage.Rev
	content string
	took    []string
}

type modelClaim struct {
	owner string
	latch bool
}

// testModel: any sequence of changes has the same result as in the model.
func testModel(f *fixture) {
	runs := 0
	rapid.Check(f.T, func(t *rapid.T) {
		runs++
		m := &model{f: f, run: runs, docs: map[string]*modelDoc{}, held: map[string]modelClaim{}}
		t.Repeat(map[string]func(*rapid.T){"change": m.change, "many": m.many, "": m.check})
	})
}

func (m *model) name(kind string, n int) string { return fmt.Sprintf("run %d %s %d", m.run, kind, n) }

func (m *model) draw(t *rapid.T) storage.Change {
	c := storage.Change{In: storage.Users, ID: m.name("user", rapid.IntRange(0, 4).Draw(t, "id")), Visible: true}
	if rapid.IntRange(0, 3).Draw(t, "put") > 0 {
		text := fmt.Sprintf(`{"profileIds":["run %d","p%d"]}`, m.run, rapid.IntRange(0, 3).Draw(t, "profile"))
		c.Put = &storage.Document{Content: json.RawMessage(text)}
	}
	switch rapid.IntRange(0, 4).Draw(t, "revision") {
	case 0:
	case 1:
		c.If = storage.Rev{Seq: 1 << 40, Term: 1}
	default:
		if d := m.docs[c.ID]; d != nil {
			c.If = d.rev
		}
	}
	for range rapid.IntRange(0, 2).Draw(t, "takes") {
		take := storage.Take{Key: m.name("key", rapid.IntRange(0, 5).Draw(t, "key"))}
		switch rapid.IntRange(0, 5).Draw(t, "kind") {
		case 0:
			take.Latch = true
		case 1:
			take.Once = true
		}
		if c.Put == nil && !take.Latch {
			take.Once = true
		}
		if !slices.ContainsFunc(c.Take, func(other storage.Take) bool { return other.Key == take.Key }) {
			c.Take = append(c.Take, take)
		}
	}
	for range rapid.IntRange(0, 1).Draw(t, "frees") {
		c.Free = append(c.Free, m.name("key", rapid.IntRange(0, 5).Draw(t, "free")))
	}
	return c
}

func (m *model) change(t *rapid.T) {
	c := m.draw(t)
	rev, err := m.f.store.Commit(m.f.ctx, c)
	m.judge(t, c, rev, err)
}

func (m *model) many(t *rapid.T) {
	var changes []storage.Change
	used := map[string]bool{}
	for range rapid.IntRange(1, 4).Draw(t, "changes") {
		c := m.draw(t)
		if used[c.ID] {
			continue
		}
		used[c.ID] = true
		changes = append(changes, c)
	}
	// Keys are the only thing that these changes share. So that their order
	// does not matter, only the first takes or frees any.
	for i := range changes[1:] {
		changes[i+1].Take, changes[i+1].Free = nil, nil
	}
	for i, result := range m.f.store.CommitMany(m.f.ctx, changes) {
		m.judge(t, changes[i], result.Rev, result.Err)
	}
}

// judge compares a result with the model's, and changes the model.
func (m *model) judge(t *rapid.T, c storage.Change, rev storage.Rev, err error) {
	d := m.docs[c.ID]
	key := m.refusedKey(c)
	var taken *storage.TakenError
	switch {
	case d != nil && c.If == (storage.Rev{}) && c.Put != nil:
		if !errors.Is(err, storage.ErrExists) {
			t.Fatalf("create over %q: got %v, want %v", c.ID, err, storage.ErrExists)
		}
	case (d != nil) != (c.If != storage.Rev{}), d != nil && c.If != d.rev:
		if !errors.Is(err, storage.ErrConflict) {
			t.Fatalf("change of %q: got %v, want %v", c.ID, err, storage.ErrConflict)
		}
	case key != "":
		if !errors.As(err, &taken) || taken.Held.Owner != m.held[taken.Key].owner {
			t.Fatalf("change of %q: got %v, want that %q is taken", c.ID, err, key)
		}
	case err != nil:
		t.Fatalf("change of %q: %v", c.ID, err)
	default:
		m.apply(c, rev)
	}
}

func (m *model) refusedKey(c storage.Change) string {
	for _, take := range c.Take {
		h, held := m.held[take.Key]
		mine := held && h.owner == c.ID && m.docs[c.ID] != nil && m.mine(c.ID, take.Key)
		if held && (take.Once || !take.Latch && !mine) {
			return take.Key
		}
	}
	return ""
}

// mine reports whether the present document of that id took the key; a latch
// may be left from an earlier one.
func (m *model) mine(id, key string) bool { return slices.Contains(m.docs[id].took, key) }

func (m *model) apply(c storage.Change, rev storage.Rev) {
	d := m.docs[c.ID]
	for _, key := range c.Free {
		wanted := slices.ContainsFunc(c.Take, func(take storage.Take) bool { return take.Key == key })
		h, held := m.held[key]
		if held && !wanted && (h.latch || h.owner == c.ID && d != nil) {
			delete(m.held, key)
		}
	}
	next := &modelDoc{rev: rev}
	if d != nil {
		next.took = d.took
	}
	for _, take := range c.Take {
		if _, held := m.held[take.Key]; !held {
			m.held[take.Key] = modelClaim{owner: c.ID, latch: take.Latch || take.Once}
			next.took = append(slices.Clone(next.took), take.Key)
		}
	}
	if c.Put != nil {
		next.content = string(c.Put.Content)
		m.docs[c.ID] = next
		return
	}
	delete(m.docs, c.ID)
	maps.DeleteFunc(m.held, func(_ string, h modelClaim) bool { return h.owner == c.ID && !h.latch })
}

func (m *model) check(t *rapid.T) {
	var want []string
	for n := range 5 {
		id := m.name("user", n)
		got, err := m.f.store.Get(m.f.ctx, storage.Users, id)
		d := m.docs[id]
		switch {
		case d == nil && !errors.Is(err, storage.ErrNotFound):
			t.Fatalf("%q: got %v, want %v", id, err, storage.ErrNotFound)
		case d != nil && (err != nil || string(got.Content) != d.content || got.Rev != d.rev):
			t.Fatalf("%q: got %s at %v, %v, want %s at %v", id, got.Content, got.Rev, err, d.content, d.rev)
		case d != nil:
			want = append(want, id)
		}
	}
	for n := range 6 {
		key := m.name("key", n)
		claim, err := m.f.store.Owner(m.f.ctx, key)
		if h, held := m.held[key]; held != (err == nil) || claim.Owner != h.owner {
			t.Fatalf("owner of %q: got %q, %v, want %q", key, claim.Owner, err, h.owner)
		}
	}
	page, err := m.f.store.Search(m.f.ctx, storage.Users, query.Search{Where: equal("profileIds", fmt.Sprint("run ", m.run)), Size: 10})
	if got := ids(page); err != nil || !slices.Equal(got, want) || page.Total != int64(len(want)) {
		t.Fatalf("search: got %q of %d, %v, want %q", got, page.Total, err, want)
	}
}
