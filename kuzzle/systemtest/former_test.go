package systemtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// store opens the store of a server with these settings while it does not run.
func (set *settings) store(t *testing.T) storage.Store {
	t.Helper()
	var store storage.Store
	var err error
	if onCluster() {
		store, err = elasticsearch.Open(t.Context(), elasticsearch.Options{Addresses: set.Elasticsearch.Addresses, Prefix: set.Elasticsearch.Prefix})
	} else {
		store, err = sqlite.Open(t.Context(), set.Data, sqlite.Options{})
	}
	if err != nil {
		t.Fatal(err)
	}
	return store
}

// withFormer has the store hold users as large as a document may be, which an
// earlier version of the server let them become.
func withFormer(t *testing.T, kuids []string) func(*settings) {
	return func(set *settings) {
		t.Helper()
		store := set.store(t)
		var err error
		content := `{"profileIds":["default"],"text":"` + strings.Repeat("x", storage.MaxDocument-100) + `"}`
		for _, kuid := range kuids {
			doc := storage.Document{Version: 1, Content: json.RawMessage(content)}
			_, failed := store.Commit(t.Context(), storage.Change{In: storage.Users, ID: kuid, Put: &doc})
			err = errors.Join(err, failed)
		}
		if err := errors.Join(err, store.Refresh(t.Context(), storage.Users), store.Close()); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFormerUsers: an administrator sees four users of 16 MiB each, by search,
// scroll and ids, a page after the other.
func TestFormerUsers(t *testing.T) {
	var kuids []string
	for i := range 4 {
		kuids = append(kuids, fmt.Sprintf("former%02d", i))
	}
	s := start(t, withFormer(t, kuids))
	s.administrator(t, "root")
	for _, protocol := range []string{"http", "websocket"} {
		t.Run(protocol, func(t *testing.T) {
			c := s.client(t, protocol)
			jwt := loggedIn(t, c, "root")
			ask := func(action string, args, body map[string]any) answer {
				t.Helper()
				got := perform(t, c, jwt, "security:"+action, args, body)
				for tries := 0; tries < 20 && got.failure()["id"] == storage.ErrTimeout.ID(); tries++ { // the machine is busy
					got = perform(t, c, jwt, "security:"+action, args, body)
				}
				if got.failure() != nil {
					t.Fatalf("%s %v: %v", action, args, got.failure())
				}
				if found := hitsOf(got, "_id"); len(found) != 1 || !strings.HasPrefix(found[0], "former") {
					t.Fatalf("%s %v: got %q, want one of 16 MiB", action, args, found)
				}
				return got
			}
			users := map[string]any{"query": map[string]any{"prefix": map[string]any{"_id": "former"}}, "sort": []any{"_id"}}
			var found []string
			for range kuids {
				got := ask("searchUsers", map[string]any{"size": 3.0}, users)
				found = append(found, hitsOf(got, "_id")...)
				users["search_after"] = got.at("result.searchAfter")
				if last := len(found) == len(kuids); (got.at("result.partial") == true) == last || (users["search_after"] == nil) != last || got.at("result.total") != 4.0 {
					t.Errorf("page %d: partial %v, search after %v, total %v", len(found), got.at("result.partial"), users["search_after"], got.at("result.total"))
				}
			}
			if !slices.Equal(found, kuids) {
				t.Errorf("search: got %q", found)
			}

			first := ask("searchUsers", map[string]any{"size": 3.0, "scroll": "1m"}, map[string]any{"query": users["query"]})
			second := ask("scrollUsers", map[string]any{"scrollId": first.text("result.scrollId")}, nil)
			if found := append(hitsOf(first, "_id"), hitsOf(second, "_id")...); !slices.Equal(found, kuids[:2]) {
				t.Errorf("scroll: got %q, want %q", found, kuids[:2])
			}

			several := ask("mGetUsers", nil, map[string]any{"ids": kuids})
			if left, _ := several.at("result.left").([]any); several.at("result.partial") != true || len(left) != len(kuids)-1 || left[0] != kuids[1] {
				t.Errorf("several by id: partial %v, left %v", several.at("result.partial"), left)
			}
		})
	}
}
