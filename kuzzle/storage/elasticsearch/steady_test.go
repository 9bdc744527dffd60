package elasticsearch_test

import (
	"fmt"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
)

// steadyVariable is for how long TestSteady writes, such as 5m.
const steadyVariable = "KUZZLE_TEST_STEADY"

// Bounds of the state after a steady load.
const (
	// steadySegments is far above the number of segments with merging, and far
	// below the number after a run of refreshes without merging.
	steadySegments = 80
	steadyParts    = 10
)

// stretch is the result of one part of a run.
type stretch struct {
	creations, searches []time.Duration
	segments            int
}

// TestSteady: 16 clients create users that are visible when answered, for the
// requested time. Segments do not pile up, and searches at the end cost as much
// as at the beginning.
func TestSteady(t *testing.T) {
	whole := 5 * time.Second
	if given := os.Getenv(steadyVariable); given != "" {
		var err error
		if whole, err = time.ParseDuration(given); err != nil {
			t.Fatal(err)
		}
	}
	o := options()
	o.RefreshFloor = 10 * time.Millisecond // as configured by default
	s := open(t, o)
	var next atomic.Int64
	parts := make([]stretch, steadyParts)
	for i := range parts {
		parts[i] = steadyPart(t, s, whole/steadyParts, &next)
		parts[i].segments = segmentsOf(t, o.Prefix)
		t.Logf("%7d users: %6.0f creations/s, p50 %v, p99 %v; search p50 %v, p99 %v; %d segments",
			next.Load(), float64(len(parts[i].creations))/(whole/steadyParts).Seconds(),
			quantile(parts[i].creations, 50), quantile(parts[i].creations, 99),
			quantile(parts[i].searches, 50), quantile(parts[i].searches, 99), parts[i].segments)
		if parts[i].segments > steadySegments {
			t.Errorf("got %d segments, want at most %d", parts[i].segments, steadySegments)
		}
	}
	early := slices.Concat(parts[0].searches, parts[1].searches, parts[2].searches)
	late := slices.Concat(parts[steadyParts-3].searches, parts[steadyParts-2].searches, parts[steadyParts-1].searches)
	if first, last := quantile(early, 50), quantile(late, 50); last > 3*first {
		t.Errorf("a search takes %v at the beginning and %v at the end", first, last)
	}
}

func steadyPart(t *testing.T, s *elasticsearch.Store, length time.Duration, next *atomic.Int64) (out stretch) {
	t.Helper()
	var mu sync.Mutex
	var running sync.WaitGroup
	end := time.Now().Add(length)
	timed := func(into *[]time.Duration, do func() error) {
		for time.Now().Before(end) {
			begin := time.Now()
			if err := do(); err != nil {
				t.Error(err)
				return
			}
			took := time.Since(begin)
			mu.Lock()
			*into = append(*into, took)
			mu.Unlock()
		}
	}
	for range 16 {
		running.Go(func() {
			timed(&out.creations, func() error {
				id := fmt.Sprint("steady", next.Add(1))
				change := named(id)
				change.Put.Content = []byte(`{"profileIds":["` + id + `"]}`)
				_, err := s.Commit(t.Context(), change)
				return err
			})
		})
	}
	running.Go(func() {
		timed(&out.searches, func() error {
			of := fmt.Sprint("steady", max(next.Load()/2, 1))
			page, err := s.Search(t.Context(), storage.Users, query.Search{Size: 10, Where: query.Terms{
				Field: query.Field{Area: query.Content, Path: "profileIds"}, Values: []any{of},
			}})
			if err == nil && page.Total > 1 {
				err = fmt.Errorf("found %d users of one id", page.Total)
			}
			return err
		})
	})
	running.Wait()
	return out
}

func quantile(times []time.Duration, percent int) time.Duration {
	if len(times) == 0 {
		return 0
	}
	slices.Sort(times)
	return times[(len(times)-1)*percent/100].Round(10 * time.Microsecond)
}

func segmentsOf(t *testing.T, prefix string) int {
	t.Helper()
	users := prefix + string(storage.Users)
	answer := node.Ask(t, http.MethodGet, "/"+users+"/_stats/segments", "")
	all := answer["_all"].(map[string]any)["primaries"].(map[string]any)["segments"].(map[string]any)
	return int(all["count"].(float64))
}
