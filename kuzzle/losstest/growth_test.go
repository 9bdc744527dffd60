package losstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// Measurements that cost the same for few users and for many, within this
// factor.
const (
	fewUsers   = 1000
	mostGrowth = 2.0
)

// A hundred of the users log in, and as many come from another importer.
const (
	loginUsers = 100
	rareUsers  = 100
	importer   = "kuid-rare-importer-1"
	firstTime  = 1_700_000_000_000
)

// question is something asked again and again; n differs each time.
type question struct {
	name   string
	method string
	path   func(n int) string
	body   func(n int) any
	// hits is how many have to be found; -1 for no search.
	hits int
	// grows is set for requests that may cost more with more users. A timeout
	// bounds them instead.
	grows bool
}

func fixed[T any](value T) func(int) T { return func(int) T { return value } }

func search(name string, hits int, body func(n int) any) question {
	return question{name: name, method: "POST", path: fixed(fmt.Sprintf("/users/_search?size=%d", max(hits, 1))), body: body, hits: hits}
}

func growing(q question) question {
	q.grows = true
	return q
}

type object = map[string]any

func questions() []question {
	byTime := []any{object{"_kuzzle_info.createdAt": "asc"}, "_id"}
	rare := object{"term": object{"_kuzzle_info.author": importer}}
	return []question{
		{name: "getUser", method: "GET", path: func(n int) string { return "/users/" + imported(n%fewUsers) }, body: fixed[any](nil), hits: -1},
		{name: "login", method: "POST", path: fixed("/_login/local"), hits: -1,
			body: func(n int) any { return object{"username": floodName(n % loginUsers), "password": password} }},
		{name: "creation", method: "POST", path: fixed("/users/_create"), body: func(int) any { return newUser("") }, hits: -1},
		search("exact filter, one match", 1, func(n int) any {
			return object{"query": object{"ids": object{"values": []any{imported(n % fewUsers)}}}}
		}),
		search("exact filter, 100 matches", rareUsers, fixed[any](object{"query": rare})),
		search("unfiltered page with its total", 10, fixed[any](object{"query": object{"match_all": object{}}})),
		search("first page of an indexed order", 10, fixed[any](object{"query": object{"match_all": object{}}, "sort": byTime})),
		search("cursor page of an indexed order", 10, func(n int) any {
			return object{"sort": byTime, "search_after": []any{firstTime + n%(fewUsers/2), "a"}}
		}),
		search("cursor page by id", 10, func(n int) any {
			return object{"sort": []any{"_id"}, "search_after": []any{imported(n % (fewUsers / 2))}}
		}),
		growing(search("filter that most match, with its total", 10, fixed[any](object{"query": object{"term": object{"profileIds": "default"}}}))),
		growing(search("the same in another order", 10, fixed[any](object{"query": object{"term": object{"profileIds": "default"}}, "sort": byTime}))),
		growing(search("all but a few", 10, fixed[any](object{"query": object{"bool": object{"must_not": rare}}}))),
	}
}

// TestGrowth asks a server of few users and one of many the same, in turns.
func TestGrowth(t *testing.T) {
	size := sized(t)
	large := populated(t, embeddedIn(t), size.users)
	compareSizes(t, size, populated(t, embeddedIn(t), fewUsers), large)
	large.askFilters(size, size.users)
}

func compareSizes(t *testing.T, size size, small, large *server) {
	t.Helper()
	for _, q := range questions() {
		times := size.samples
		if q.grows {
			times = 5
		}
		var few, many []time.Duration
		for n := range times {
			few = append(few, small.ask(q, n))
			many = append(many, large.ask(q, n))
		}
		slices.Sort(few)
		slices.Sort(many)
		at, then := few[times/2], many[times/2]
		ratio := float64(then) / float64(at)
		t.Logf("| %s | %v | %v | %.2f |", q.name, at.Round(time.Microsecond), then.Round(time.Microsecond), ratio)
		if size.timed && !q.grows && ratio > mostGrowth {
			t.Errorf("%s costs %.1f times as much with %d users as with %d, at most %.0f", q.name, ratio, size.users, fewUsers, mostGrowth)
		}
	}
}

// ask tells how long the answer takes, and insists that it is the right one. A
// question that grows may be refused by the time-out instead.
func (s *server) ask(q question, n int) time.Duration {
	s.t.Helper()
	begin := time.Now()
	got := s.must(q.method, q.path(n), q.body(n))
	took := time.Since(begin)
	if q.grows && got.errID == storage.ErrTimeout.ID() {
		return took
	}
	if got.status != 200 {
		s.t.Fatalf("%s: %d %s", q.name, got.status, got.errID)
	}
	if hits, _ := got.result["hits"].([]any); q.hits >= 0 && len(hits) != q.hits {
		s.t.Fatalf("%s: %d hits, want %d", q.name, len(hits), q.hits)
	}
	return took
}

// place is where a server keeps its users.
type place struct {
	data string
	// args make a server use it.
	args []string
	open func() (storage.Store, error)
}

func embeddedIn(t *testing.T) place {
	t.Helper()
	data := t.TempDir()
	return place{data, cheap, func() (storage.Store, error) { return sqlite.Open(t.Context(), data, sqlite.Options{}) }}
}

// prefixes are those of the indexes that servers are given.
var prefixes = estest.NewPrefixes("losstest")

func clusteredOn(t *testing.T, node *estest.Node) place {
	t.Helper()
	prefix := prefixes.ForTest(t, node)
	args := append(slices.Clone(cheap), "--elasticsearch", node.Addresses[0], "--set", "elasticsearch.prefix="+prefix)
	return place{t.TempDir(), args, func() (storage.Store, error) {
		return elasticsearch.Open(t.Context(), elasticsearch.Options{Addresses: node.Addresses, Prefix: prefix})
	}}
}

// populated starts a server of so many users, most of them brought in by the
// bulk path.
func populated(t *testing.T, in place, users int) *server {
	t.Helper()
	seed(t, in.data, loginUsers, in.args...)
	store, err := in.open()
	if err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	const batch = 5000
	for done := 0; done < users; done += batch {
		var changes []storage.Change
		for n := done; n < min(users, done+batch); n++ {
			changes = append(changes, importedUser(n, users))
		}
		for _, result := range store.CommitMany(t.Context(), changes) {
			if result.Err != nil {
				t.Fatal(result.Err)
			}
		}
	}
	if err := errors.Join(store.Refresh(t.Context(), storage.Users), store.Close()); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d users brought in, in %v", users, time.Since(begin).Round(time.Millisecond))
	return start(t, in.data, in.args...)
}

// imported is the id of the n-th user; ids are in no order of time.
func imported(n int) string { return fmt.Sprintf("kuid-quick-otter-%08d", n*7919%100_000_000) }

func importedUser(n, of int) storage.Change {
	author := "-1"
	if n%(of/rareUsers) == 0 {
		author = importer
	}
	content := fmt.Sprintf(`{"profileIds":["default"],"fullname":"John Doe %d","_kuzzle_info":{"author":%q,"createdAt":%d,"updatedAt":null,"updater":null}}`,
		n, author, firstTime+n)
	return storage.Change{In: storage.Users, ID: imported(n), Put: &storage.Document{Version: 1, Content: json.RawMessage(content)}}
}
