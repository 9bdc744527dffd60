package metrics

import (
	"maps"
	"slices"
)

// expose adds the present values of the sources.
func (from *Sources) expose(to *exposition) {
	if read := from.Load; read != nil {
		inFlight, _, _ := read()
		to.one(gauge, namespace+"requests_in_flight", float64(inFlight), "Requests that are running.")
	}
	if read := from.Connections; read != nil {
		const name = namespace + "connections"
		http, websocket := read()
		to.metric(gauge, name, "Open connections.")
		to.sample(name, float64(http), "protocol", "http")
		to.sample(name, float64(websocket), "protocol", "websocket")
	}
	if read := from.Slots; read != nil {
		refused, evicted := read()
		to.one(counter, namespace+"connections_refused_total", float64(refused), "New connections refused for lack of a slot.")
		to.one(counter, namespace+"connections_evicted_total", float64(evicted), "Connections closed to free a slot or a descriptor.")
	}
	if read := from.Memory; read != nil {
		memory := read()
		to.one(gauge, namespace+"memory_budget_used_bytes", float64(memory.Used), "Memory that running requests and answers hold of the budget.")
		to.one(gauge, namespace+"memory_budget_bytes", float64(memory.Limit), "The memory budget.")
		to.one(counter, namespace+"memory_refused_total", float64(memory.Refused), "Requests for memory refused because the budget was used up.")
	}
	if read := from.HashPool; read != nil {
		read().expose(to)
	}
	from.exposeStores(to)
}

func (pool HashPool) expose(to *exposition) {
	const prefix = namespace + "hash_pool_"
	to.one(gauge, prefix+"queued", float64(pool.Queued), "Password checks that wait in the queue.")
	to.one(gauge, prefix+"running", float64(pool.Running), "Password checks that are running.")
	to.one(gauge, prefix+"memory_bytes", float64(pool.Memory), "Memory of the running password checks.")
	to.one(counter, prefix+"done_total", float64(pool.Done), "Completed password checks.")
	to.one(counter, prefix+"work_seconds_total", pool.Work.Seconds(), "Expected processor time of the completed password checks, by their cost.")
	to.one(counter, prefix+"refused_total", float64(pool.Refused), "Password checks refused because the queue was full.")
}

func (from *Sources) exposeStores(to *exposition) {
	if read := from.Documents; read != nil {
		each(to, gauge, namespace+"documents", "Stored documents.", "kind", read(), func(number int64) float64 { return float64(number) })
	}
	if read := from.Caches; read != nil {
		const prefix = namespace + "cache_"
		caches := read()
		each(to, gauge, prefix+"entries", "Entries of a cache.", "cache", caches, func(of Cache) float64 { return float64(of.Entries) })
		each(to, counter, prefix+"hits_total", "Look-ups that a cache answered.", "cache", caches, func(of Cache) float64 { return float64(of.Hits) })
		each(to, counter, prefix+"misses_total", "Look-ups that a cache could not answer.", "cache", caches, func(of Cache) float64 { return float64(of.Misses) })
	}
	if read := from.WeakDigests; read != nil {
		waiting, left := read()
		to.one(gauge, namespace+"digests_waiting", float64(waiting), "Imported digests that are encrypted and wait to be wrapped in argon2id.")
		to.one(gauge, namespace+"digests_left_sealed", float64(left), "Imported weak digests that are encrypted and will not be wrapped, as their import requested.")
	}
	if read := from.LoginsDelayed; read != nil {
		to.one(counter, namespace+"logins_delayed_total", float64(read()), "Logins refused because of earlier failures.")
	}
	if read := from.Audit; read != nil {
		written, dropped := read()
		to.one(counter, namespace+"audit_records_written_total", float64(written), "Audit records written.")
		to.one(counter, namespace+"audit_records_dropped_total", float64(dropped), "Audit records lost because the log could not keep up.")
	}
}

// each adds a metric with a sample for every entry, by the label.
func each[V any](to *exposition, of kind, name, help, label string, entries map[string]V, value func(V) float64) {
	to.metric(of, name, help)
	for _, entry := range slices.Sorted(maps.Keys(entries)) {
		to.sample(name, value(entries[entry]), label, entry)
	}
}
