package sqlite_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// TestRecentTexts: documents are found by parts of their texts as they stand, whether
// their texts wait for the index, lie in it, came with many others, or were changed or
// deleted in either place, and so after a restart.
func TestRecentTexts(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	random := rand.New(rand.NewPCG(1, 2))
	names := map[string]string{}
	revs := map[string]storage.Rev{}
	document := func(name string) *storage.Document {
		account, _ := json.Marshal(map[string]any{"username": name})
		return &storage.Document{Version: 1, Content: json.RawMessage(`{}`), Account: account}
	}
	lettered := func(n int) string { return fmt.Sprintf("user-%c%c", 'a'+n/26, 'a'+n%26) }
	name := func() string { return fmt.Sprintf("name%04d", random.IntN(10_000)) }
	commit := func(change storage.Change) {
		change.In = storage.Users
		rev, err := s.Commit(t.Context(), change)
		if err != nil {
			t.Fatal(err)
		}
		revs[change.ID] = rev
	}
	check := func(s *sqlite.Store, part string) {
		t.Helper()
		var want, got []string
		for id, name := range names {
			if strings.Contains(name, part) || strings.Contains(id, part) {
				want = append(want, id)
			}
		}
		page, err := s.Search(t.Context(), storage.Users, query.Search{
			Where: query.Contains{Fields: []query.Field{{Area: query.Account, Path: "username"}, {Area: query.ID}}, Text: part}, Size: 1000,
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, hit := range page.Hits {
			got = append(got, hit.ID)
		}
		slices.Sort(want)
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Fatalf("part %q of %d users: %v, want %v", part, len(names), got, want)
		}
	}
	for n := range 900 {
		ids := slices.Sorted(maps.Keys(names))
		switch kind := random.IntN(10); {
		case n == 300:
			var batch []storage.Change
			for k := range 50 {
				id := "many-" + lettered(k)
				names[id] = name()
				batch = append(batch, storage.Change{In: storage.Users, ID: id, Put: document(names[id])})
			}
			for i, result := range s.CommitMany(t.Context(), batch) {
				if result.Err != nil {
					t.Fatal(result.Err)
				}
				revs[batch[i].ID] = result.Rev
			}
		case kind < 6 || len(ids) == 0:
			id := lettered(n)
			names[id] = name()
			commit(storage.Change{ID: id, Put: document(names[id])})
		case kind < 9:
			id := ids[random.IntN(len(ids))]
			names[id] = name()
			commit(storage.Change{ID: id, If: revs[id], Put: document(names[id])})
		default:
			id := ids[random.IntN(len(ids))]
			delete(names, id)
			commit(storage.Change{ID: id, If: revs[id]})
		}
		check(s, name()[4:7])
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	for range 50 {
		check(again, name()[3:7])
	}
	check(again, "er-c")
}
