package losstest

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// TestLargeUpdates has many change a user at once who is as large as a document
// may be, which an earlier version of the server let users become.
func TestLargeUpdates(t *testing.T) { updateLarge(t, embeddedIn(t), mostEmbedded) }

// TestLargeUpdatesOnElasticsearch does so on a cluster.
func TestLargeUpdatesOnElasticsearch(t *testing.T) {
	t.Setenv("KUZZLE_MASTER_KEY", strings.Repeat("7", 64))
	updateLarge(t, clusteredOn(t, estest.ForTest(t)), mostClustered)
}

// The most memory that ten updates at once of such a user take.
const (
	largeUpdates  = 10
	mostEmbedded  = 400 * mib
	mostClustered = 600 * mib
)

func updateLarge(t *testing.T, in place, most int64) {
	t.Helper()
	store, err := in.open()
	if err != nil {
		t.Fatal(err)
	}
	content := `{"profileIds":["default"],"nick":"` + strings.Repeat("-", 20) + `","text":""}`
	content = strings.Replace(content, `"text":"`, `"text":"`+strings.Repeat("x", storage.MaxDocument-len(content)-kib), 1)
	_, err = store.Commit(t.Context(), storage.Change{In: storage.Users, ID: "large", Put: &storage.Document{Version: 1, Content: json.RawMessage(content)}})
	if err := errors.Join(err, store.Close()); err != nil {
		t.Fatal(err)
	}
	s := start(t, in.data, in.args...)
	before, begin := s.peak(), time.Now()
	var all sync.WaitGroup
	for i := range largeUpdates {
		all.Go(func() {
			got, err := call(s.base, "PUT", "/users/large/_update", object{"nick": fmt.Sprintf("%020d", i)})
			if err != nil || got.status != 200 {
				t.Errorf("update %d: %d %s %v", i, got.status, got.errID, err)
			}
		})
	}
	all.Wait()
	t.Logf("%d updates at once of a user of %d bytes: %v, memory %d MiB, %d before", largeUpdates, len(content), time.Since(begin).Round(time.Millisecond), s.peak()/mib, before/mib)
	s.checkMemory(most)
	if got := s.must("PUT", "/users/large/_update", object{"nick": strings.Repeat("+", 20)}); got.status != 200 || got.result["_version"] != float64(largeUpdates+2) {
		t.Errorf("one more: %d %s, version %v, want %d", got.status, got.errID, got.result["_version"], largeUpdates+2)
	}
}
