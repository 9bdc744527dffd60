// Command load is a closed-loop load generator for HTTP/1.1 keep-alive and
// WebSocket JSON servers. Scenarios are JSON files; see README.md.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Result is what one run prints.
type Result struct {
	Name      string         `json:"name"`
	Requests  int            `json:"requests"`
	Errors    int            `json:"errors"`
	RPS       float64        `json:"rps"`
	P50       float64        `json:"p50_ms"`
	P99       float64        `json:"p99_ms"`
	Max       float64        `json:"max_ms"`
	Mean      float64        `json:"mean_ms"`
	Conns     int            `json:"connections"`
	Pipeline  int            `json:"pipeline"`
	Seconds   float64        `json:"seconds"`
	ErrorSeen map[string]int `json:"error_kinds,omitempty"`
	ServerCPU float64        `json:"server_cpu_ms_per_req,omitempty"`
	ServerUse float64        `json:"server_cores_used,omitempty"`
	LoadUse   float64        `json:"load_cores_used,omitempty"`
	RSSBefore float64        `json:"rss_before_mib,omitempty"`
	RSSAfter  float64        `json:"rss_after_mib,omitempty"`
}

// tally is one worker's own record; nothing in it is shared while running.
type tally struct {
	lat    []uint32 // microseconds, of good operations inside the window
	errors int
	kinds  map[string]int
}

func (t *tally) fail(err error) {
	t.errors++
	if t.kinds == nil {
		t.kinds = map[string]int{}
	}
	t.kinds[err.Error()]++
}

// window says which operations count: those that end inside it.
type window struct{ from, to time.Time }

func (w window) has(t time.Time) bool { return !t.Before(w.from) && t.Before(w.to) }

var counter atomic.Int64 // {{n}}

func main() {
	file := flag.String("s", "", "scenario file")
	setup := flag.String("setup", "", "run this setup file once instead, and write -vars-out")
	varsIn := flag.String("vars", "", "variables file (JSON object)")
	varsOut := flag.String("vars-out", "", "where a setup writes its variables")
	conns := flag.Int("c", 16, "connections")
	dur := flag.Duration("d", 8*time.Second, "measured time")
	warm := flag.Duration("warmup", 3*time.Second, "warm-up, not counted")
	pipe := flag.Int("pipeline", 1, "WebSocket: requests in flight on each connection")
	pids := flag.String("pids", "", "comma-separated server pids; their trees' CPU and RSS are reported")
	name := flag.String("name", "", "name to print (default: the scenario's own)")
	var sets kvs
	flag.Var(&sets, "var", "key=value, over -vars (repeatable)")
	flag.Parse()

	vars := map[string]any{}
	if *varsIn != "" {
		b, err := os.ReadFile(*varsIn)
		check(err)
		check(json.Unmarshal(b, &vars))
	}
	for _, s := range sets {
		k, v, _ := strings.Cut(s, "=")
		vars[k] = v
	}
	if _, ok := vars["run"]; !ok {
		vars["run"] = strconv.FormatInt(time.Now().UnixMilli()%100000000000, 36)
	}

	if *setup != "" {
		check(runSetup(*setup, vars))
		b, _ := json.MarshalIndent(vars, "", " ")
		if *varsOut != "" {
			check(os.WriteFile(*varsOut, b, 0o600))
		} else {
			fmt.Println(string(b))
		}
		return
	}

	// A run's own {{run}}, so that the names it makes are new ones.
	vars["run"] = strconv.FormatInt(time.Now().UnixMilli()%100000000000, 36)
	sc, err := loadScenario(*file, vars)
	check(err)
	if *name != "" {
		sc.Name = *name
	}

	var watch []int
	for _, p := range strings.FieldsFunc(*pids, func(r rune) bool { return r == ',' || r == ' ' }) {
		n, err := strconv.Atoi(p)
		check(err)
		watch = append(watch, n)
	}

	start := time.Now()
	w := window{start.Add(*warm), start.Add(*warm + *dur)}
	tallies := make([]tally, *conns)
	var wg sync.WaitGroup
	for i := range tallies {
		wg.Add(1)
		go func() {
			defer wg.Done()
			tallies[i].lat = make([]uint32, 0, 1<<14)
			if sc.Type == "ws" {
				runWS(sc, w, &tallies[i], max(1, *pipe))
			} else {
				runHTTP(sc, w, &tallies[i])
			}
		}()
	}

	res := Result{Name: sc.Name, Conns: *conns, Pipeline: *pipe, Seconds: dur.Seconds()}
	_, rss0 := usage(watch)
	time.Sleep(time.Until(w.from))
	cpu0, _ := usage(watch)
	self0, _ := usage([]int{os.Getpid()})
	time.Sleep(time.Until(w.to))
	cpu1, rss1 := usage(watch)
	self1, _ := usage([]int{os.Getpid()})
	wg.Wait()

	var all []uint32
	for i := range tallies {
		all = append(all, tallies[i].lat...)
		res.Errors += tallies[i].errors
		for k, n := range tallies[i].kinds {
			if res.ErrorSeen == nil {
				res.ErrorSeen = map[string]int{}
			}
			res.ErrorSeen[k] += n
		}
	}
	sort.Slice(all, func(a, b int) bool { return all[a] < all[b] })
	res.Requests = len(all)
	if n := len(all); n > 0 {
		var sum float64
		for _, v := range all {
			sum += float64(v)
		}
		at := func(q float64) float64 { return float64(all[min(n-1, int(q*float64(n)))]) / 1000 }
		res.RPS = round(float64(n)/dur.Seconds(), 1)
		res.P50, res.P99, res.Max = round(at(.5), 2), round(at(.99), 2), round(float64(all[n-1])/1000, 2)
		res.Mean = round(sum/float64(n)/1000, 2)
		if len(watch) > 0 {
			res.ServerCPU = round((cpu1-cpu0)*1000/float64(n), 3)
		}
	}
	if len(watch) > 0 {
		res.ServerUse = round((cpu1-cpu0)/dur.Seconds(), 2)
		res.RSSBefore, res.RSSAfter = round(rss0, 1), round(rss1, 1)
	}
	res.LoadUse = round((self1-self0)/dur.Seconds(), 2)
	b, _ := json.Marshal(res)
	fmt.Println(string(b))
}

type kvs []string

func (k *kvs) String() string     { return strings.Join(*k, " ") }
func (k *kvs) Set(s string) error { *k = append(*k, s); return nil }

func round(f float64, places int) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', places, 64), 64)
	return v
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}
