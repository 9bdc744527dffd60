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

// TestLargeUpdates changes a user with the maximum size of a document many times
// at once; an earlier version of the server allowed such users.
func TestLargeUpdates(t *testing.T) { updateLarge(t, embeddedIn(t), mostEmbedded) }

// The most memory that ten updates at once of such a user take, or five searches.
const (
	largeUpdates  = 10
	mostEmbedded  = 500 * mib
	mostClustered = 600 * mib
)

func updateLarge(t *testing.T, in place, most int64) {
	t.Helper()
	size := fillLarge(t, in, "large")
	s := start(t, in.data, in.args...)
	before, begin := s.peak(), time.Now()
	s.atOnce(largeUpdates, func(i int) error {
		got, err := call(s.base, "PUT", "/users/large/_update", object{"nick": fmt.Sprintf("%020d", i)})
		if err != nil || got.status != 200 {
			return fmt.Errorf("update %d: %d %s %v", i, got.status, got.errID, err)
		}
		return nil
	})
	t.Logf("%d updates at once of a user of %d bytes: %v, memory %d MiB, %d before", largeUpdates, size, time.Since(begin).Round(time.Millisecond), s.peak()/mib, before/mib)
	s.checkMemory(most)
	if got := s.must("PUT", "/users/large/_update", object{"nick": strings.Repeat("+", 20)}); got.status != 200 || got.result["_version"] != float64(largeUpdates+2) {
		t.Errorf("one more: %d %s, version %v, want %d", got.status, got.errID, got.result["_version"], largeUpdates+2)
	}
}

// TestLargePages has five search at once among twelve such users.
func TestLargePages(t *testing.T) { searchLarge(t, embeddedIn(t), mostEmbedded) }

// TestLargePagesOnElasticsearch does so on a cluster.
func TestLargePagesOnElasticsearch(t *testing.T) {
	t.Setenv("KUZZLE_MASTER_KEY", strings.Repeat("7", 64))
	searchLarge(t, clusteredOn(t, estest.ForTest(t)), mostClustered)
}

// largeSearches is how many search at once.
const largeSearches = 5

func searchLarge(t *testing.T, in place, most int64) {
	t.Helper()
	var kuids []string
	for i := range 12 {
		kuids = append(kuids, fmt.Sprintf("large%02d", i))
	}
	fillLarge(t, in, kuids...)
	s := start(t, in.data, in.args...)
	before, begin := s.peak(), time.Now()
	s.atOnce(largeSearches, func(i int) error {
		for {
			got, err := call(s.base, "POST", "/users/_search?size=10", object{"query": object{"prefix": object{"_id": "large"}}})
			hits, _ := got.result["hits"].([]any)
			switch {
			case err == nil && got.status == 503 && time.Since(begin) < 3*time.Minute: // no time or memory now
			case err != nil || got.status != 200 || len(hits) != 1 || got.result["partial"] != true || got.result["total"] != float64(len(kuids)):
				return fmt.Errorf("search %d: %d %s, %d hits of %v %v", i, got.status, got.errID, len(hits), got.result["total"], err)
			default:
				return nil
			}
		}
	})
	t.Logf("%d searches at once among users of 16 MiB: %v, memory %d MiB, %d before", largeSearches, time.Since(begin).Round(time.Millisecond), s.peak()/mib, before/mib)
	s.checkMemory(most)
}

// atOnce does something so many times at the same moment.
func (s *server) atOnce(times int, do func(i int) error) {
	s.t.Helper()
	var all sync.WaitGroup
	for i := range times {
		all.Go(func() {
			if err := do(i); err != nil {
				s.t.Error(err)
			}
		})
	}
	all.Wait()
}

// fillLarge writes users as large as a document may be into a store that no
// server uses yet, and tells their size.
func fillLarge(t *testing.T, in place, kuids ...string) (size int) {
	t.Helper()
	store, err := in.open()
	if err != nil {
		t.Fatal(err)
	}
	head, tail := `{"profileIds":["default"],"nick":"`+strings.Repeat("-", 20)+`","text":"`, `"}`
	content := head + strings.Repeat("x", storage.MaxDocument-kib-len(head)-len(tail)) + tail
	for _, kuid := range kuids {
		doc := storage.Document{Version: 1, Content: json.RawMessage(content)}
		_, failed := store.Commit(t.Context(), storage.Change{In: storage.Users, ID: kuid, Put: &doc})
		err = errors.Join(err, failed)
	}
	if err := errors.Join(err, store.Refresh(t.Context(), storage.Users), store.Close()); err != nil {
		t.Fatal(err)
	}
	return len(content)
}
