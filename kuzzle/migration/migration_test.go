package migration_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest/engines"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const identity = "identifiers"

// users are more than one page, and more than one batch.
const users = 1300

// source is a store with documents of several kinds.
func source(t *testing.T) storage.Store {
	t.Helper()
	s := sqlitetest.Open(t)
	if _, err := s.UpdateMapping(t.Context(), storage.Users, storage.Mapping{Properties: map[string]any{"n": map[string]any{"type": "long"}}}); err != nil {
		t.Fatal(err)
	}
	changes := []storage.Change{
		{In: storage.Settings, ID: identity, Put: &storage.Document{Version: 1}},
		{In: storage.Roles, ID: "admin", Put: &storage.Document{Version: 3, Content: json.RawMessage(`{"r":1}`)}},
		{In: storage.Sessions, ID: "s", Put: &storage.Document{Version: 1, ExpiresAt: time.UnixMilli(1_900_000_000_123)}},
	}
	for i := range users {
		changes = append(changes, user(i))
	}
	changes[5].Take = append(changes[5].Take, storage.Take{Key: "admin", Once: true})
	write(t, s, changes...)
	return s
}

func user(i int) storage.Change {
	id := fmt.Sprintf("user %05d", i)
	return storage.Change{In: storage.Users, ID: id, Take: []storage.Take{{Key: "name " + id}}, Put: &storage.Document{
		Version: int64(i), Epoch: 2, Content: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i)), Auth: json.RawMessage(`["a digest"]`)}}
}

func write(t *testing.T, s storage.Store, changes ...storage.Change) {
	t.Helper()
	for i, result := range s.CommitMany(t.Context(), changes) {
		if result.Err != nil {
			t.Fatalf("%s %q: %v", changes[i].In, changes[i].ID, result.Err)
		}
	}
}

func plan(from, to storage.Store) *migration.Plan {
	return &migration.Plan{From: from, To: to, Identity: identity, Name: "sqlite:here", Now: time.Now}
}

func TestCopy(t *testing.T) {
	from, to := source(t), sqlitetest.Open(t)
	p := plan(from, to)
	phases := map[migration.Phase]int64{}
	p.Progress = func(at migration.Progress) { phases[at.Phase] = max(phases[at.Phase], at.Done) }
	report, err := p.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	const documents = users + 3
	if report.Written != documents || report.Removed != 0 || phases[migration.Copying] != documents || phases[migration.Checking] != documents {
		t.Errorf("got %+v and %v, want %d documents", report, phases, documents)
	}
	if got, want := report.Sums[0], int64(users); got.Of != "users" || got.Count != want || got.Claims != want {
		t.Errorf("users: got %+v", got)
	}
	if err := migration.Unfinished(t.Context(), to); err != nil {
		t.Errorf("a finished copy: got %v", err)
	}
	wantSame(t, from, to)
	if _, err := plan(from, to).Run(t.Context()); err == nil || !strings.Contains(err.Error(), "already has data") {
		t.Errorf("a second run: got %v", err)
	}
}

// TestMessages: waiting messages are copied in order, even if they lie beside
// their users.
func TestMessages(t *testing.T) {
	engines.Opened(t, prefixes, func(t *testing.T, open func() storage.Store) {
		from, to := open(), sqlitetest.Open(t)
		defer from.Close()
		write(t, from, storage.Change{In: storage.Settings, ID: identity, Put: &storage.Document{Version: 1}})
		want := ""
		for i := range 3 {
			change := user(i)
			for n := range 2 {
				text := fmt.Sprintf(`{"to":"user %d","n":%d}`, i, n)
				change.Outbox = append(change.Outbox, storage.Document{ID: fmt.Sprintf("mail:%d:", i), Version: 1, Content: json.RawMessage(text)})
				want += text
			}
			if _, err := from.Commit(t.Context(), change); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := plan(from, to).Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := to.Walk(t.Context(), storage.Outbox, "", 100)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, message := range found {
			got += string(message.Content)
		}
		if got != want {
			t.Errorf("got the messages %s\nwant %s", got, want)
		}
	})
}

var prefixes = estest.NewPrefixes("migration")

// wantSame looks at both through the contract.
func wantSame(t *testing.T, from, to storage.Store) {
	t.Helper()
	for i := range users {
		id := user(i).ID
		want, err := from.Get(t.Context(), storage.Users, id)
		if err != nil {
			continue
		}
		got, err := to.Get(t.Context(), storage.Users, id)
		if err != nil {
			t.Fatal(err)
		}
		got.Rev, want.Rev = storage.Rev{}, storage.Rev{}
		if fmt.Sprintf("%+v", got) != fmt.Sprintf("%+v", want) {
			t.Fatalf("%s: got %+v, want %+v", id, got, want)
		}
		claim, err := to.Owner(t.Context(), "name "+id)
		if err != nil || claim.Owner != id || claim.Incarnation != want.Incarnation {
			t.Fatalf("claim of %s: got %+v, %v", id, claim, err)
		}
	}
	if claim, err := to.Owner(t.Context(), "admin"); err != nil || claim.Owner != user(2).ID {
		t.Errorf("latch: got %+v, %v", claim, err)
	}
}

// dying is a store that stops taking changes, as if its writer had been killed.
type dying struct {
	storage.Store
	batches int
	// half has the last batch be written in part.
	half bool
}

var errKilled = errors.New("killed")

func (d *dying) CommitMany(ctx context.Context, changes []storage.Change) []storage.Result {
	if d.batches--; d.batches < 0 {
		if d.half {
			d.Store.CommitMany(ctx, changes[:len(changes)/2])
		}
		results := make([]storage.Result, len(changes))
		for i := range results {
			results[i].Err = errKilled
		}
		return results
	}
	return d.Store.CommitMany(ctx, changes)
}

// TestResume: after any interrupted run, the next one makes the target equal to
// the source, even if the source was changed meanwhile.
func TestResume(t *testing.T) {
	from, to := source(t), sqlitetest.Open(t)
	for batches := range 3 {
		_, err := plan(from, &dying{Store: to, batches: batches, half: true}).Run(t.Context())
		if !errors.Is(err, errKilled) {
			t.Fatalf("killed after %d batches: got %v", batches, err)
		}
	}
	var marker migration.Marker
	if err := migration.Unfinished(t.Context(), to); !errors.As(err, &marker) || !strings.Contains(err.Error(), "unfinished copy of sqlite:here") {
		t.Errorf("an unfinished copy: got %v", err)
	}
	if _, err := plan(to, sqlitetest.Open(t)).Run(t.Context()); !errors.As(err, &marker) {
		t.Errorf("a copy of an unfinished one: got %v", err)
	}

	// Two users exchange a name, one goes and comes again, one goes.
	change(t, from, 10, func(c *storage.Change) { c.Free, c.Take = []string{"name " + c.ID}, nil })
	change(t, from, 11, func(c *storage.Change) {
		c.Free, c.Take = []string{"name " + c.ID}, []storage.Take{{Key: "name " + user(10).ID}}
	})
	change(t, from, 10, func(c *storage.Change) { c.Take = []storage.Take{{Key: "name " + user(11).ID}} })
	change(t, from, 20, func(c *storage.Change) { c.Put = nil })
	write(t, from, user(20))
	change(t, from, 30, func(c *storage.Change) { c.Put = nil })

	report, err := plan(from, to).Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if report.Removed != 4 || report.Sums[0].Count != users-1 {
		t.Errorf("got %d removed, %d users, want 4 and %d", report.Removed, report.Sums[0].Count, users-1)
	}
	if claim, err := to.Owner(t.Context(), "name "+user(10).ID); err != nil || claim.Owner != user(11).ID {
		t.Errorf("a name that changed hands: got %+v, %v", claim, err)
	}
	if _, err := to.Get(t.Context(), storage.Users, user(30).ID); !errors.Is(err, storage.ErrNotFound) {
		t.Errorf("a user deleted meanwhile: got %v", err)
	}
}

// change rewrites a user.
func change(t *testing.T, s storage.Store, i int, edit func(*storage.Change)) {
	t.Helper()
	d, err := s.Get(t.Context(), storage.Users, user(i).ID)
	if err != nil {
		t.Fatal(err)
	}
	c := storage.Change{In: storage.Users, ID: d.ID, If: d.Rev, Put: &d}
	edit(&c)
	write(t, s, c)
}

// TestDamage: a difference in the target is found, named, and rewritten by the
// next run.
func TestDamage(t *testing.T) {
	from := source(t)
	for name, damage := range map[string]func(t *testing.T, to storage.Store){
		`users "user 00007" differs`: func(t *testing.T, to storage.Store) {
			change(t, to, 7, func(c *storage.Change) { c.Put.Auth = json.RawMessage(`["another"]`) })
		},
		`users "user 00008" is missing`: func(t *testing.T, to storage.Store) {
			change(t, to, 8, func(c *storage.Change) { c.Put = nil })
		},
		`users "user 00009" differs`: func(t *testing.T, to storage.Store) {
			change(t, to, 9, func(c *storage.Change) { c.Free = []string{"name " + c.ID} })
		},
		`users "zoe" is not in the source`: func(t *testing.T, to storage.Store) {
			write(t, to, storage.Change{In: storage.Users, ID: "zoe", Put: &storage.Document{Version: 1}})
		},
		"the latches differ: there are 0 and should be 1": func(t *testing.T, to storage.Store) {
			write(t, to, storage.Change{In: storage.Flows, ID: "none", Free: []string{"admin"}})
		},
		"the mapping of users differs": func(t *testing.T, to storage.Store) {
			if _, err := to.UpdateMapping(t.Context(), storage.Users, storage.Mapping{Dynamic: "strict"}); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			to := sqlitetest.Open(t)
			p, damaged := plan(from, to), false
			p.Progress = func(at migration.Progress) {
				if at.Phase == migration.Checking && !damaged {
					damaged = true
					damage(t, to)
				}
			}
			_, err := p.Run(t.Context())
			var mismatch *migration.MismatchError
			if !errors.As(err, &mismatch) || mismatch.Count != 1 || mismatch.Named[0] != name {
				t.Fatalf("got %v, want that %s", err, name)
			}
			if err := migration.Unfinished(t.Context(), to); err == nil {
				t.Error("the copy counts as finished")
			}
			if _, err := plan(from, to).Run(t.Context()); err != nil {
				t.Errorf("the run after: got %v", err)
			}
		})
	}
}

// TestRefused: a copy begins on an empty store or on its own.
func TestRefused(t *testing.T) {
	from := source(t)
	foreign := sqlitetest.Open(t)
	write(t, foreign, storage.Change{In: storage.APIKeys, ID: "a", Put: &storage.Document{Version: 1}})
	latched := sqlitetest.Open(t)
	write(t, latched, storage.Change{In: storage.Flows, ID: "a", Take: []storage.Take{{Key: "k", Latch: true}}})
	others := sqlitetest.Open(t)
	if _, err := plan(source(t), &dying{Store: others}).Run(t.Context()); !errors.Is(err, errKilled) {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		from, to storage.Store
		want     string
	}{
		"data":             {from, foreign, "already has data"},
		"a latch":          {from, latched, "already has data"},
		"another's copy":   {from, others, "belongs to another copy"},
		"no server's data": {sqlitetest.Open(t), sqlitetest.Open(t), "nothing to copy"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := plan(test.from, test.to).Run(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
	if page, err := foreign.Walk(t.Context(), storage.Settings, "", 10); err != nil || len(page) > 0 {
		t.Errorf("a refused target: got %v, %v, want nothing written", page, err)
	}
}
