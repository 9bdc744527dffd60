package metrics

import "github.com/prometheus/client_golang/prometheus"

// namespace begins every name of ours.
const namespace = "kuzzle"

// The metrics that are read when somebody looks. The others are in series.go.
var (
	descInFlight    = desc("requests_in_flight", "Requests being worked on.")
	descConnections = desc("connections", "Open connections.", "protocol")
	descRefused     = desc("connections_refused_total", "New connections refused for want of a slot.")
	descEvicted     = desc("connections_evicted_total", "Connections closed to free a slot or a descriptor.")
	descMemory      = desc("memory_budget_used_bytes", "Memory that requests and answers under way hold of the budget.")
	descMemoryLimit = desc("memory_budget_bytes", "The memory budget.")
	descMemoryNone  = desc("memory_refused_total", "Requests for memory refused because the budget was used up.")
	descHashQueued  = desc("hash_pool_queued", "Password checks that wait for their turn.")
	descHashRunning = desc("hash_pool_running", "Password checks being computed.")
	descHashMemory  = desc("hash_pool_memory_bytes", "Memory of the password checks being computed.")
	descHashDone    = desc("hash_pool_done_total", "Password checks computed.")
	descHashWork    = desc("hash_pool_work_seconds_total", "What the password checks computed should have taken of a core, by their cost.")
	descHashRefused = desc("hash_pool_refused_total", "Password checks refused because the queue was full.")
	descDocuments   = desc("documents", "Stored documents.", "kind")
	descEntries     = desc("cache_entries", "Entries of a cache.", "cache")
	descHits        = desc("cache_hits_total", "Look-ups that a cache answered.", "cache")
	descMisses      = desc("cache_misses_total", "Look-ups that a cache could not answer.", "cache")
	descWaiting     = desc("digests_waiting", "Imported digests that are sealed and wait to be wrapped in argon2id.")
	descLeft        = desc("digests_left_sealed", "Imported weak digests that are sealed and will not be wrapped, as was asked for.")
	descDelayed     = desc("logins_delayed_total", "Logins refused because of earlier failures.")
	descWritten     = desc("audit_records_written_total", "Audit records written.")
	descDropped     = desc("audit_records_dropped_total", "Audit records lost because the log could not keep up.")
)

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

// collector reads Sources for a scrape.
type collector struct{ from Sources }

var _ prometheus.Collector = collector{}

// Describe announces nothing: which metrics there are shows when the sources are
// read, and they need not be ready yet.
func (c collector) Describe(chan<- *prometheus.Desc) {}

// Collect reads every source once.
func (c collector) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	count := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	if read := c.from.Load; read != nil {
		inFlight, _, _ := read()
		gauge(descInFlight, float64(inFlight))
	}
	if read := c.from.Connections; read != nil {
		http, websocket := read()
		gauge(descConnections, float64(http), "http")
		gauge(descConnections, float64(websocket), "websocket")
	}
	if read := c.from.Slots; read != nil {
		refused, evicted := read()
		count(descRefused, float64(refused))
		count(descEvicted, float64(evicted))
	}
	if read := c.from.Memory; read != nil {
		memory := read()
		gauge(descMemory, float64(memory.Used))
		gauge(descMemoryLimit, float64(memory.Limit))
		count(descMemoryNone, float64(memory.Refused))
	}
	if read := c.from.HashPool; read != nil {
		pool := read()
		gauge(descHashQueued, float64(pool.Queued))
		gauge(descHashRunning, float64(pool.Running))
		gauge(descHashMemory, float64(pool.Memory))
		count(descHashDone, float64(pool.Done))
		count(descHashWork, pool.Work.Seconds())
		count(descHashRefused, float64(pool.Refused))
	}
	c.collectStores(gauge, count)
}

type emit func(d *prometheus.Desc, value float64, labels ...string)

func (c collector) collectStores(gauge, count emit) {
	if read := c.from.Documents; read != nil {
		for kind, number := range read() {
			gauge(descDocuments, float64(number), kind)
		}
	}
	if read := c.from.Caches; read != nil {
		for name, cache := range read() {
			gauge(descEntries, float64(cache.Entries), name)
			count(descHits, float64(cache.Hits), name)
			count(descMisses, float64(cache.Misses), name)
		}
	}
	if read := c.from.WeakDigests; read != nil {
		waiting, left := read()
		gauge(descWaiting, float64(waiting))
		gauge(descLeft, float64(left))
	}
	if read := c.from.LoginsDelayed; read != nil {
		count(descDelayed, float64(read()))
	}
	if read := c.from.Audit; read != nil {
		written, dropped := read()
		count(descWritten, float64(written))
		count(descDropped, float64(dropped))
	}
}
