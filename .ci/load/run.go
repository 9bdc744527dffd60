package main

import (
	"maps"
	"math"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// runSettings configure a run: its duration, its load and the watched
// processes.
type runSettings struct {
	conns, pipeline  int
	measured, warmUp time.Duration
	pace             time.Duration
	watch            []int
}

// Result is the output of one run.
type Result struct {
	Name       string         `json:"name"`
	Requests   int            `json:"requests"`
	Errors     int            `json:"errors"`
	RPS        float64        `json:"rps"`
	P50        float64        `json:"p50_ms"`
	P99        float64        `json:"p99_ms"`
	Max        float64        `json:"max_ms"`
	Conns      int            `json:"connections"`
	Seconds    float64        `json:"seconds"`
	ErrorKinds map[string]int `json:"error_kinds,omitempty"`
	ServerCPU  float64        `json:"server_cpu_ms_per_req,omitempty"`
	ServerUse  float64        `json:"server_cores_used,omitempty"`
	LoadUse    float64        `json:"load_cores_used,omitempty"`
	// Peak is the largest memory of the watched processes, in MiB.
	Peak float64 `json:"rss_peak_mib,omitempty"`
}

// counter is {{n}}.
var counter atomic.Int64

// sampleEvery is how often memory is measured.
const sampleEvery = 100 * time.Millisecond

// run keeps every connection busy until the measured time is over.
func run(sc *Scenario, how runSettings) Result {
	start := time.Now()
	w := window{start.Add(how.warmUp), start.Add(how.warmUp + how.measured)}
	tallies := make([]tally, how.conns)
	var all sync.WaitGroup
	for i := range tallies {
		all.Go(func() {
			if sc.Type == "ws" {
				runWS(sc, w, &tallies[i], max(1, how.pipeline))
			} else {
				runHTTP(sc, w, &tallies[i], how.pace)
			}
		})
	}
	res := Result{Name: sc.Name, Conns: how.conns, Seconds: how.measured.Seconds()}
	self := []int{os.Getpid()}
	time.Sleep(time.Until(w.from))
	watched := family(how.watch)
	before, _ := usage(watched)
	mine, _ := usage(self)
	for time.Until(w.to) > sampleEvery {
		time.Sleep(sampleEvery)
		_, rss := usage(watched)
		res.Peak = max(res.Peak, rss)
	}
	time.Sleep(time.Until(w.to))
	after, rss := usage(family(how.watch))
	used, _ := usage(self)
	all.Wait()

	res.Peak = round(max(res.Peak, rss), 1)
	res.LoadUse = round((used-mine)/res.Seconds, 2)
	res.ServerUse = round((after-before)/res.Seconds, 2)
	res.sum(tallies)
	if res.Requests > 0 {
		res.ServerCPU = round((after-before)*1000/float64(res.Requests), 4)
	}
	return res
}

// sum combines the tallies of all connections.
func (res *Result) sum(tallies []tally) {
	var all []uint32
	res.ErrorKinds = map[string]int{}
	for _, t := range tallies {
		all = append(all, t.latencies...)
		res.Errors += t.errors
		for kind, n := range maps.All(t.kinds) {
			res.ErrorKinds[kind] += n
		}
	}
	slices.Sort(all)
	res.Requests = len(all)
	if len(all) == 0 {
		return
	}
	at := func(q float64) float64 { return round(float64(all[min(len(all)-1, int(q*float64(len(all))))])/1000, 2) }
	res.RPS = round(float64(len(all))/res.Seconds, 1)
	res.P50, res.P99, res.Max = at(.5), at(.99), at(1)
}

// window is the measured time; operations that end inside it count.
type window struct{ from, to time.Time }

func (w window) has(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

// tally has the counts of one connection; nothing in it is shared while
// running.
type tally struct {
	latencies []uint32 // microseconds, of good operations inside the window
	errors    int
	kinds     map[string]int
}

func (t *tally) fail(err error) {
	t.errors++
	if t.kinds == nil {
		t.kinds = map[string]int{}
	}
	t.kinds[err.Error()]++
}

func round(f float64, places int) float64 {
	scale := math.Pow10(places)
	return math.Round(f*scale) / scale
}
