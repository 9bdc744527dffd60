package elasticsearch_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/logtest"
	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// wantUnavailable fails unless everything says that it cannot be served, and
// when to come back.
func wantUnavailable(t *testing.T, s *elasticsearch.Store) {
	t.Helper()
	_, writing := s.Commit(t.Context(), named("someone else", "a name"))
	_, reading := s.Get(t.Context(), storage.Users, "u")
	_, owning := s.Owner(t.Context(), "name")
	_, searching := s.Search(t.Context(), storage.Users, query.Search{})
	_, mapping := s.Mapping(t.Context(), storage.Users)
	for what, err := range map[string]error{
		"commit": writing, "get": reading, "owner": owning, "search": searching, "mapping": mapping,
		"refresh": s.Refresh(t.Context(), storage.Users), "health": s.Health(t.Context()),
	} {
		if !errors.Is(err, storage.ErrUnavailable) {
			t.Errorf("%s: got %v, want %v", what, err, storage.ErrUnavailable)
		}
	}
}

// TestOtherCluster: where another cluster answers, or the own one that has lost
// its data, nothing is read and nothing is made; with the right one all is well
// again.
func TestOtherCluster(t *testing.T) {
	l := estest.NewLine(t, node)
	o := options()
	here, there := o.Prefix, o.Prefix+"other-"
	var log logtest.Log
	o.Addresses, o.Poll = []string{l.URL}, 20*time.Millisecond
	o.Log = slog.New(slog.NewTextHandler(&log, nil))
	s := open(t, o)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	for _, what := range []string{"an empty cluster", "another server's cluster"} {
		t.Run(what, func(t *testing.T) {
			if what != "an empty cluster" {
				other := options()
				other.Prefix = there
				open(t, other)
			}
			l.Breaks(estest.Elsewhere(here, there))
			wantUnavailable(t, s)
			awaitLine(t, &log, "does not have this server's store")
			if what == "an empty cluster" {
				if made := node.Ask(t, http.MethodGet, "/"+there+"*", ""); len(made) > 0 {
					t.Errorf("indexes were made: %v", made)
				}
			}
			l.Breaks(nil)
			if _, err := s.Get(t.Context(), storage.Users, "u"); err != nil {
				t.Errorf("with the cluster back: %v", err)
			}
			if err := s.Health(t.Context()); err != nil {
				t.Errorf("health with the cluster back: %v", err)
			}
			awaitLine(t, &log, "has the store again")
			log.Clear()
		})
	}
}

// awaitLine waits until a text is logged.
func awaitLine(t *testing.T, log *logtest.Log, want string) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for range 1000 {
		if log.Has(want) {
			return
		}
		<-tick.C
	}
	t.Fatalf("the log never says %q", want)
}

// TestLostStore: a start where the store is gone is refused if one is expected,
// and nothing is made.
func TestLostStore(t *testing.T) {
	o := options()
	o.Expect = "a store of before"
	wantRefused(t, o, "a store of before", "restore its snapshot")
	if _, err := elasticsearch.Open(t.Context(), o); !errors.Is(err, elasticsearch.ErrStoreGone) {
		t.Errorf("got %v, want %v", err, elasticsearch.ErrStoreGone)
	}
	if made := node.Ask(t, http.MethodGet, "/"+o.Prefix+"*", ""); len(made) > 0 {
		t.Errorf("indexes were made: %v", made)
	}
	o.Expect = ""
	s := open(t, o)
	o.Expect = s.ID()
	again, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if again.ID() != s.ID() {
		t.Errorf("the store is called %q, then %q", s.ID(), again.ID())
	}
}

// TestLostIndex: for a lost part of a store no server makes an empty one, which
// would turn its data into deleted data; a part without durable data is
// recreated.
func TestLostIndex(t *testing.T) {
	o := options()
	s := open(t, o)
	t.Cleanup(func() { _ = s.Destroy(context.Background()) })
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"cursors", "changes"} {
		node.Ask(t, http.MethodDelete, "/"+o.Prefix+name, "")
	}
	again, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := again.Get(t.Context(), storage.Users, "u"); err != nil {
		t.Error(err)
	}
	if err := again.Close(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"users", "claims", "meta"} {
		lost := o.Prefix + name
		node.Ask(t, http.MethodDelete, "/"+lost, "")
		wantRefused(t, o, lost, "restore it from a snapshot")
		if name != "meta" { // which says that there is a store
			existing := o
			existing.Existing = true
			wantRefused(t, existing, "is missing, and its data is lost", "restore it from a snapshot")
		}
		if _, there := node.Ask(t, http.MethodGet, "/"+o.Prefix+"*", "")[lost]; there {
			t.Errorf("%q was made anew", lost)
		}
	}
}

// openAtOnce opens a store on several nodes together.
func openAtOnce(t *testing.T, o elasticsearch.Options) []*elasticsearch.Store {
	t.Helper()
	stores := make([]*elasticsearch.Store, 5)
	var opening sync.WaitGroup
	for i := range stores {
		opening.Go(func() {
			var err error
			if stores[i], err = elasticsearch.Open(t.Context(), o); err != nil {
				t.Errorf("node %d: %v", i, err)
			}
		})
	}
	opening.Wait()
	if t.Failed() {
		t.FailNow()
	}
	for _, s := range stores {
		t.Cleanup(func() { _ = s.Close() })
		if s.ID() != stores[0].ID() {
			t.Fatalf("the nodes are of two stores, %s and %s", s.ID(), stores[0].ID())
		}
	}
	return stores
}

// TestManyStartAtOnce: on an empty cluster, several nodes end up with one store
// in which each finds the others' documents.
func TestManyStartAtOnce(t *testing.T) {
	stores := openAtOnce(t, options())
	t.Cleanup(func() { _ = stores[0].Destroy(t.Context()) })
	var writing sync.WaitGroup
	errs := make([]error, len(stores))
	for i, s := range stores {
		writing.Go(func() { _, errs[i] = s.Commit(t.Context(), named(fmt.Sprint("u", i), "one name")) })
	}
	writing.Wait()
	created := 0
	for _, err := range errs {
		var taken *storage.TakenError
		if err == nil {
			created++
		} else if !errors.As(err, &taken) {
			t.Error(err)
		}
	}
	if created != 1 {
		t.Errorf("got %d holders of one name", created)
	}
	for i, s := range stores {
		if page, err := s.Search(t.Context(), storage.Users, query.Search{Size: 10}); err != nil || page.Total != 1 {
			t.Errorf("node %d finds %d users, %v, want 1", i, page.Total, err)
		}
	}
}

// TestSchemas: an earlier schema is brought up to this one by whichever nodes
// start, a later one and indexes of others are refused.
func TestSchemas(t *testing.T) {
	o := options()
	s := open(t, o)
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Fatal(err)
	}
	names := node.Ask(t, http.MethodGet, "/"+o.Prefix+"*/_alias", "")
	if len(names) < len(storage.Collections) {
		t.Fatalf("found only the indexes %v", names)
	}
	for name := range names {
		node.Ask(t, http.MethodDelete, "/"+name+"/_alias/"+name+"."+s.ID(), "")
		node.Ask(t, http.MethodPut, "/"+name+"/_mapping", `{"_meta":{"kuzzle":1}}`)
	}
	for i, upgraded := range openAtOnce(t, o) {
		if _, err := upgraded.Get(t.Context(), storage.Users, "u"); err != nil {
			t.Errorf("node %d after the upgrade: %v", i, err)
		}
		if _, err := upgraded.Commit(t.Context(), named(fmt.Sprint("new", i), fmt.Sprint("new name ", i))); err != nil {
			t.Errorf("node %d after the upgrade: %v", i, err)
		}
	}
	for name := range names {
		found := node.Ask(t, http.MethodGet, "/"+name+"/_mapping", "")
		if meta := fmt.Sprint(found); !strings.Contains(meta, fmt.Sprint("kuzzle:", storage.LatestSchema())) || !strings.Contains(meta, "dynamic:strict") {
			t.Errorf("%s: got %s, want the latest schema", name, meta)
		}
	}
	users := o.Prefix + string(storage.Users)
	for _, c := range []struct{ meta, want string }{
		{`{"kuzzle":99}`, "from a newer version"},
		{`{"kuzzle":99,"program":"9.9.9"}`, "run kuzzle 9.9.9 or a newer one"},
		{`{"kuzzle":2,"store":"another"}`, "belongs to the store another"},
		{`{}`, "belongs to another program"},
		{`{"kuzzle":{"of":"somebody"}}`, "belongs to another program"},
	} {
		node.Ask(t, http.MethodPut, "/"+users+"/_mapping", `{"_meta":`+c.meta+`}`)
		wantRefused(t, o, users, c.want)
	}
}

// TestForeignIndexes: foreign indexes under our prefix are left alone, and those
// in the way of ours are reported.
func TestForeignIndexes(t *testing.T) {
	for _, c := range []struct{ what, path, body, want string }{
		{"an index", "users", `{"settings":{"number_of_replicas":0},"mappings":{"properties":{"name":{"type":"text"}}}}`, "belongs to another program"},
		{"an alias", "elsewhere", `{"settings":{"number_of_replicas":0},"aliases":{"PREFIXusers":{}}}`, "elasticsearch.prefix"},
		{"an index that is no matter", "elsewhere", `{"settings":{"number_of_replicas":0}}`, ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			o := options()
			index := "/" + o.Prefix + c.path
			node.Ask(t, http.MethodPut, index, strings.ReplaceAll(c.body, "PREFIX", o.Prefix))
			t.Cleanup(func() { cleanIndexes(t, o.Prefix) })
			if c.want != "" {
				wantRefused(t, o, o.Prefix+"users", c.want)
				return
			}
			open(t, o)
		})
	}
}

// cleanIndexes removes the remains of a refused start.
func cleanIndexes(t *testing.T, prefix string) {
	t.Helper()
	response, err := http.Get(node.Addresses[0] + "/" + prefix + "*")
	if err != nil {
		t.Error(err)
		return
	}
	defer response.Body.Close()
	var found map[string]any
	if err := json.NewDecoder(response.Body).Decode(&found); err != nil {
		t.Error(err)
	}
	for name := range found {
		request, _ := http.NewRequest(http.MethodDelete, node.Addresses[0]+"/"+name, nil)
		if response, err := http.DefaultClient.Do(request); err == nil {
			_ = response.Body.Close()
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

// TestCopies: with more copies asked for than nodes can hold, a start does not
// wait for them, and a change of the setting takes effect at the next one.
func TestCopies(t *testing.T) {
	o := options()
	o.Replicas, o.WriteDeadline = 2, time.Second
	begin := time.Now()
	s := open(t, o)
	if took := time.Since(begin); took > refuseWithin {
		t.Errorf("opened after %v", took)
	}
	if _, err := s.Commit(t.Context(), named("u", "name")); err != nil {
		t.Error(err)
	}
	setting := func(name string) string {
		found := node.Ask(t, http.MethodGet, "/"+o.Prefix+"users/_settings?flat_settings=true", "")
		settings := found[o.Prefix+"users"].(map[string]any)["settings"].(map[string]any)
		return fmt.Sprint(settings["index."+name])
	}
	if got := setting("number_of_replicas"); got != "2" {
		t.Errorf("replicas: got %s, want 2", got)
	}
	o.Replicas, o.WaitForActiveShards = 1, "2"
	wantCopies, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer wantCopies.Close()
	if got := setting("number_of_replicas") + " " + setting("write.wait_for_active_shards"); got != "1 2" {
		t.Errorf("replicas and copies: got %s, want 1 2", got)
	}
	if _, err := s.Commit(t.Context(), named("v")); !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("a write without enough copies: got %v, want %v", err, storage.ErrUnavailable)
	}
	o.Replicas, o.WaitForActiveShards = 0, ""
	fits, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer fits.Close()
	if _, err := fits.Commit(t.Context(), named("w")); err != nil {
		t.Error(err)
	}
}
