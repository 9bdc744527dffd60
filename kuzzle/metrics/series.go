package metrics

import (
	"iter"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// unknown is the label for controllers and actions that do not exist.
const unknown = "unknown"

// statuses are the statuses that are distinguished; all others count as other.
var statuses = [...]int{
	http.StatusOK, http.StatusPartialContent, http.StatusFound, http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden,
	http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed, http.StatusRequestEntityTooLarge,
	http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable, http.StatusGatewayTimeout,
}

// buckets are the upper bounds of durations: a cached read takes a fraction of a
// millisecond, a password check tens, a queue of them seconds.
var buckets = [...]time.Duration{
	250 * time.Microsecond, 500 * time.Microsecond, time.Millisecond, 2500 * time.Microsecond, 5 * time.Millisecond,
	10 * time.Millisecond, 25 * time.Millisecond, 50 * time.Millisecond, 100 * time.Millisecond, 250 * time.Millisecond,
	500 * time.Millisecond, time.Second, 2500 * time.Millisecond, 10 * time.Second,
}

// series are the metrics of one action. They are created with its first request,
// so that unused actions cost nothing.
type series struct {
	controller, action string
	tally              atomic.Pointer[tally]
}

// tally counts the requests of an action by status and by duration.
type tally struct {
	statuses [len(statuses) + 1]atomic.Uint64
	buckets  [len(buckets) + 1]atomic.Uint64
	took     atomic.Int64 // nanoseconds, of all together
}

func (s *series) count(status int, took time.Duration) {
	of := s.tally.Load()
	if of == nil {
		s.tally.CompareAndSwap(nil, new(tally))
		of = s.tally.Load()
	}
	at := slices.Index(statuses[:], status)
	if at < 0 {
		at = len(statuses)
	}
	of.statuses[at].Add(1)
	within, _ := slices.BinarySearch(buckets[:], took)
	of.buckets[within].Add(1)
	of.took.Add(int64(took))
}

// exposeRequests adds the counts of requests.
func (m *Metrics) exposeRequests(to *exposition) {
	const requests, duration, errors = namespace + "requests_total", namespace + "request_duration_seconds", namespace + "errors_total"
	to.metric(counter, requests, "Requests answered, by canonical action and status.")
	for s, of := range m.used() {
		for at := range of.statuses {
			label := "other"
			if at < len(statuses) {
				label = strconv.Itoa(statuses[at])
			}
			if n := of.statuses[at].Load(); n > 0 {
				to.sample(requests, float64(n), "action", s.action, "controller", s.controller, "status", label)
			}
		}
	}
	to.metric(histogram, duration, "Time from a request's arrival at the dispatcher to its answer.")
	for s, of := range m.used() {
		n, took := uint64(0), of.took.Load()
		for at := range of.buckets {
			bound := "+Inf"
			if at < len(buckets) {
				bound = strconv.FormatFloat(buckets[at].Seconds(), 'g', -1, 64)
			}
			n += of.buckets[at].Load()
			to.sample(duration+"_bucket", float64(n), "action", s.action, "controller", s.controller, "le", bound)
		}
		to.sample(duration+"_sum", time.Duration(took).Seconds(), "action", s.action, "controller", s.controller)
		to.sample(duration+"_count", float64(n), "action", s.action, "controller", s.controller)
	}
	to.metric(counter, errors, "Requests that failed, by the error's id.")
	failed := m.failed.all()
	for _, id := range slices.Sorted(maps.Keys(failed)) {
		to.sample(errors, float64(failed[id]), "id", id)
	}
}

// used iterates over the actions with requests.
func (m *Metrics) used() iter.Seq2[*series, *tally] {
	return func(yield func(*series, *tally) bool) {
		for i := range m.series {
			if of := m.series[i].tally.Load(); of != nil && !yield(&m.series[i], of) {
				return
			}
		}
	}
}

// failures counts errors by their ids, which are declared ones.
type failures struct {
	mu   sync.Mutex
	byID map[string]uint64
}

func (f *failures) count(id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byID[id]++
}

func (f *failures) all() map[string]uint64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return maps.Clone(f.byID)
}
