package elasticsearch_test

import (
	"flag"
	"io"
	"log"
	"os"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

var (
	node     *estest.Node
	prefixes = estest.NewPrefixes("test")
)

func TestMain(m *testing.M) {
	// A change is a round trip, and rapid's hundred sequences take minutes. More
	// can be asked for on the command line.
	if err := flag.Set("rapid.checks", "20"); err != nil {
		panic(err)
	}
	os.Exit(estest.Main(m, func(n *estest.Node) { node = n }, prefixes))
}

func TestStore(t *testing.T) {
	storagetest.Run(t, func(t *testing.T) storage.Store { return openNew(t) })
}

// quiet receives the log lines of test servers about clients that hang up on
// purpose.
var quiet = log.New(io.Discard, "", 0)

func TestShared(t *testing.T) {
	storagetest.RunShared(t, func(t *testing.T) [2]storage.Shared {
		o := lent(t)
		return [2]storage.Shared{open(t, o), open(t, o)}
	})
}

// options are those of a store whose indexes are nobody else's, for tests of the
// indexes themselves.
func options() elasticsearch.Options {
	return elasticsearch.Options{
		Addresses: node.Addresses, Prefix: prefixes.Own(),
		Grace: 200 * time.Millisecond, RefreshFloor: time.Millisecond, RepairWithin: -1, SearchTimeout: time.Minute,
	}
}

// lent are the options of an empty store.
func lent(t testing.TB) elasticsearch.Options {
	t.Helper()
	o := options()
	o.Prefix = prefixes.Lend(t, node)
	return o
}

// openNew opens an empty store.
func openNew(t testing.TB) *elasticsearch.Store {
	t.Helper()
	return open(t, lent(t))
}

func open(t testing.TB, o elasticsearch.Options) *elasticsearch.Store {
	t.Helper()
	s, err := elasticsearch.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}
