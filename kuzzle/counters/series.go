package counters

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Series has the counts of a period in steps of equal length.
type Series struct {
	Over string `json:"over"`
	// Step is in milliseconds.
	Step   int64   `json:"step"`
	Points []Point `json:"points"`
}

// Point is one step. At is its beginning, in epoch milliseconds.
type Point struct {
	At       int64  `json:"at"`
	Requests uint64 `json:"requests"`
	// Errors counts answers that report a fault of the server.
	Errors   uint64 `json:"errors"`
	SignUps  uint64 `json:"signUps"`
	Logins   uint64 `json:"logins"`
	Refusals uint64 `json:"refusals"`
	// Queue is the largest number of password checks that waited at the same time on one server.
	Queue   uint64  `json:"queue"`
	Latency Latency `json:"latency"`
}

// Latency has the durations that 50, 95 and 99 percent of the requests did not exceed, in
// milliseconds and as exactly as they are counted; 0 without requests.
type Latency struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// view is how a period is shown.
type view struct {
	from   grain
	step   time.Duration
	points int
}

var views = map[string]view{
	"hour":  {minutes, time.Minute, 60},
	"day":   {minutes, 15 * time.Minute, 96},
	"month": {hours, 6 * time.Hour, 124},
}

// Views lists the names of the periods.
func Views() []string { return slices.Sorted(maps.Keys(views)) }

// read is how many documents are read at once.
const read = 50

// Series sums the counts of all servers over one of the periods in Views. Counts of other servers
// are included after half a minute.
func (c *Counters) Series(ctx context.Context, over string) (Series, error) {
	v, known := views[over]
	if !known {
		return Series{}, fmt.Errorf("counters: the period %q is none of %v", over, Views())
	}
	c.Sample()
	step := int64(v.step / time.Second)
	end := c.Now().Unix()/step*step + step
	begin := end - step*int64(v.points)
	sums := make([]Counts, v.points)
	add := func(id string, counts map[int]*Counts) error {
		var number int64
		if _, err := fmt.Sscanf(strings.TrimPrefix(id, v.from.prefix), "%d", &number); err != nil {
			return fmt.Errorf("counters: %q: %w", id, err)
		}
		for at, counted := range counts {
			when := number*int64(v.from.span/time.Second) + int64(at)*int64(v.from.step/time.Second)
			if when >= begin && when < end && counted != nil {
				sums[(when-begin)/step].add(counted)
			}
		}
		return nil
	}
	own, err := c.own(v.from, add)
	if err != nil {
		return Series{}, err
	}
	if err := c.stored(ctx, v.from, time.Unix(begin, 0), own, add); err != nil {
		return Series{}, err
	}
	s := Series{Over: over, Step: v.step.Milliseconds(), Points: make([]Point, v.points)}
	for i := range sums {
		sum := &sums[i]
		s.Points[i] = Point{
			At: (begin + int64(i)*step) * 1000, Requests: sum.Requests, Errors: sum.Errors, SignUps: sum.SignUps, Logins: sum.Logins,
			Refusals: sum.Refusals, Queue: sum.Queue, Latency: Latency{sum.within(0.5), sum.within(0.95), sum.within(0.99)},
		}
	}
	return s, nil
}

// own passes the documents in this server's memory to add, and returns their ids.
func (c *Counters) own(of grain, add func(string, map[int]*Counts) error) (map[string]bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	ids := map[string]bool{}
	for id, p := range c.pages {
		if !strings.HasPrefix(id, of.prefix) {
			continue
		}
		ids[id] = true
		if err := add(id, p.counts); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// stored passes the stored documents of a period to add, except some.
func (c *Counters) stored(ctx context.Context, of grain, since time.Time, but map[string]bool, add func(string, map[int]*Counts) error) error {
	after := of.id(since)
	for {
		page, err := c.Store.Walk(ctx, storage.Flows, after, read)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, kept := range page {
			if after = kept.ID; !strings.HasPrefix(after, of.prefix) {
				return nil
			}
			if but[after] {
				continue
			}
			var counts map[int]*Counts
			if err := json.Unmarshal(kept.Auth, &counts); err != nil {
				return err
			}
			if err := add(after, counts); err != nil {
				return err
			}
		}
	}
}
