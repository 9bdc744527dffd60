package accounts_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

var prefixes = estest.NewPrefixes("accounts")

// onStores runs a test on a bench over each store. Its dozen users have contents of nearly a MiB
// and digests that wait to be wrapped; their kuids are passed in order.
func onStores(t *testing.T, test func(t *testing.T, b *accountstest.Bench, kuids []string)) {
	run := func(t *testing.T, b *accountstest.Bench) {
		b.UseImporting(t)
		var kuids []string
		for i := range 12 {
			nu := accountstest.Imported(map[string]any{"username": fmt.Sprint("u", i), "passwordDigest": accountstest.MD5OfPassword, "passwordHasher": "md5"})
			nu.ID, nu.Content["text"] = fmt.Sprintf("large%02d", i), strings.Repeat("x", 1_000_000)
			kuids = append(kuids, b.Create(t, nu).Kuid)
		}
		if err := b.Store.Refresh(t.Context(), storage.Users); err != nil {
			t.Fatal(err)
		}
		test(t, b, kuids)
	}
	t.Run("sqlite", func(t *testing.T) { run(t, accountstest.New(t, nil)) })
	t.Run("elasticsearch", func(t *testing.T) {
		node := estest.ForTest(t)
		store, err := elasticsearch.Open(t.Context(), elasticsearch.Options{Addresses: node.Addresses, Prefix: prefixes.ForTest(t, node)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = store.Close() })
		run(t, accountstest.NewOn(t, store, nil))
	})
}

// TestExportOfLargeUsers checks that users too large for one page are exported on several, each
// once and in order, even if the large part is not in their contents.
func TestExportOfLargeUsers(t *testing.T) {
	onStores(t, func(t *testing.T, b *accountstest.Bench, kuids []string) {
		private := `{"brought":{"private":{"text":"` + strings.Repeat("x", 3_000_000) + `"}}}`
		for _, kuid := range kuids[6:9] {
			doc, err := b.Store.Get(t.Context(), storage.Users, kuid)
			if err != nil {
				t.Fatal(err)
			}
			doc.Auth = []byte(private)
			if _, err := b.Store.Commit(t.Context(), storage.Change{In: storage.Users, ID: kuid, Put: &doc, If: doc.Rev}); err != nil {
				t.Fatal(err)
			}
		}
		var found []string
		lost := 0
		for after, pages := "", 0; ; {
			users, next, err := b.Imports.Export(t.Context(), after, true)
			if err != nil {
				t.Fatal(err)
			}
			for _, u := range users {
				found = append(found, u.Kuid)
				if u.Private == nil == slices.Contains(kuids[6:9], u.Kuid) || len(u.Content["text"].(string)) != 1_000_000 {
					lost++
				}
			}
			if pages++; next == "" || next <= after || len(users) == 0 {
				if pages < 3 {
					t.Errorf("%d users on %d pages, want at least 3", len(found), pages)
				}
				break
			}
			after = next
		}
		if !slices.Equal(found, kuids) || lost > 0 {
			t.Errorf("got %q, %d of them not whole, want %q", found, lost, kuids)
		}
	})
}

// TestUpkeepOfLargeUsers checks that after a partial page the next round continues after it, and
// that no record is skipped.
func TestUpkeepOfLargeUsers(t *testing.T) {
	onStores(t, func(t *testing.T, b *accountstest.Bench, kuids []string) {
		improved, after, rounds := 0, "", 0
		for {
			done, err := b.Care.Upkeep(t.Context(), digestimport.Name, after, func() bool { return true })
			if err != nil || done.Improved == 0 {
				t.Fatalf("round %d after %q: %+v, %v", rounds, after, done, err)
			}
			improved, after, rounds = improved+done.Improved, done.Next, rounds+1
			if after == "" {
				break
			}
		}
		if improved != len(kuids) || rounds < 2 {
			t.Errorf("%d improved in %d rounds, want %d in several", improved, rounds, len(kuids))
		}
		if err := b.Store.Refresh(t.Context(), storage.Users); err != nil {
			t.Fatal(err)
		}
		if none, err := b.Care.Upkeep(t.Context(), digestimport.Name, "", func() bool { return true }); err != nil || none.Waiting != 0 {
			t.Errorf("afterwards: %+v, %v", none, err)
		}
	})
}
