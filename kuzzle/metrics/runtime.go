package metrics

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"time"
)

// ofRuntime are metrics of Go's runtime under their usual names, each the sum of
// metrics of package runtime/metrics.
var ofRuntime = []struct {
	of         kind
	name, help string
	sum        []string
}{
	{gauge, "go_goroutines", "Number of goroutines.", []string{"/sched/goroutines:goroutines"}},
	{gauge, "go_sched_gomaxprocs_threads", "Maximum number of threads that run Go code at once.", []string{"/sched/gomaxprocs:threads"}},
	{gauge, "go_gc_gogc_percent", "Garbage collection target: allowed garbage in percent of the memory in use.", []string{"/gc/gogc:percent"}},
	{gauge, "go_gc_gomemlimit_bytes", "Memory limit of the garbage collector.", []string{"/gc/gomemlimit:bytes"}},
	{gauge, "go_memstats_sys_bytes", "Memory obtained from the system.", []string{"/memory/classes/total:bytes"}},
	{gauge, "go_memstats_alloc_bytes", "Heap memory in use by objects.", []string{"/memory/classes/heap/objects:bytes"}},
	{gauge, "go_memstats_heap_alloc_bytes", "Heap memory in use by objects, as go_memstats_alloc_bytes.", []string{"/memory/classes/heap/objects:bytes"}},
	{gauge, "go_memstats_heap_inuse_bytes", "Heap memory of spans in use.", []string{"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes"}},
	{gauge, "go_memstats_heap_idle_bytes", "Idle heap memory.", []string{"/memory/classes/heap/released:bytes", "/memory/classes/heap/free:bytes"}},
	{gauge, "go_memstats_heap_released_bytes", "Heap memory returned to the system.", []string{"/memory/classes/heap/released:bytes"}},
	{gauge, "go_memstats_heap_sys_bytes", "Heap memory obtained from the system.", []string{
		"/memory/classes/heap/objects:bytes", "/memory/classes/heap/unused:bytes", "/memory/classes/heap/released:bytes", "/memory/classes/heap/free:bytes",
	}},
	{gauge, "go_memstats_heap_objects", "Objects on the heap.", []string{"/gc/heap/objects:objects"}},
	{gauge, "go_memstats_next_gc_bytes", "Size of the heap at which the next collection begins.", []string{"/gc/heap/goal:bytes"}},
	{gauge, "go_memstats_stack_inuse_bytes", "Memory of goroutines' stacks.", []string{"/memory/classes/heap/stacks:bytes"}},
	{gauge, "go_memstats_stack_sys_bytes", "Memory of all stacks.", []string{"/memory/classes/heap/stacks:bytes", "/memory/classes/os-stacks:bytes"}},
	{gauge, "go_memstats_gc_sys_bytes", "Memory of the collector.", []string{"/memory/classes/metadata/other:bytes"}},
	{gauge, "go_memstats_other_sys_bytes", "Other memory of the runtime.", []string{"/memory/classes/other:bytes"}},
	{counter, "go_memstats_alloc_bytes_total", "Heap memory ever allocated.", []string{"/gc/heap/allocs:bytes"}},
	{counter, "go_memstats_mallocs_total", "Objects ever allocated.", []string{"/gc/heap/allocs:objects", "/gc/heap/tiny/allocs:objects"}},
	{counter, "go_memstats_frees_total", "Objects ever freed.", []string{"/gc/heap/frees:objects", "/gc/heap/tiny/allocs:objects"}},
}

// exposeRuntime adds the state of Go's runtime.
func exposeRuntime(to *exposition) {
	to.metric(gauge, "go_info", "Always 1; its label is the version of Go that built the program.")
	to.sample("go_info", 1, "version", runtime.Version())
	threads, _ := runtime.ThreadCreateProfile(nil)
	to.one(gauge, "go_threads", float64(threads), "Threads of the system that were created.")
	for _, m := range ofRuntime {
		sum, samples := uint64(0), make([]metrics.Sample, len(m.sum))
		for i, name := range m.sum {
			samples[i].Name = name
		}
		metrics.Read(samples)
		for _, sample := range samples {
			sum += sample.Value.Uint64()
		}
		to.one(m.of, m.name, float64(sum), m.help)
	}
	exposeCollections(to)
}

// quarters is the number of parts between the quantiles of pauses.
const quarters = 4

func exposeCollections(to *exposition) {
	const pauses = "go_gc_duration_seconds"
	stats := debug.GCStats{PauseQuantiles: make([]time.Duration, quarters+1)}
	debug.ReadGCStats(&stats)
	to.metric(summary, pauses, "Durations for which collections stopped the program.")
	for i, pause := range stats.PauseQuantiles {
		to.sample(pauses, pause.Seconds(), "quantile", strconv.FormatFloat(float64(i)/quarters, 'g', -1, 64))
	}
	to.sample(pauses+"_sum", stats.PauseTotal.Seconds())
	to.sample(pauses+"_count", float64(stats.NumGC))
	last := 0.0
	if stats.NumGC > 0 {
		last = float64(stats.LastGC.UnixNano()) / float64(time.Second)
	}
	to.one(gauge, "go_memstats_last_gc_time_seconds", last, "When the last collection ended, in seconds since 1970; 0 before the first.")
}
