package cache

import (
	"time"

	"github.com/maypok86/otter/v2"
)

// kept is a value and, if others may change it, the time when its load began.
type kept struct {
	value any
	at    time.Time
}

// entries is a bounded map. It is an interface so that no importing package sees otter's generic
// types; each such package would compile all of otter again, for two to four seconds.
type entries interface {
	get(key string) (kept, bool)
	set(key string, entry kept)
	drop(key string)
	clear()
	len() int
}

func newEntries(size int) entries {
	return bounded{otter.Must(&otter.Options[string, kept]{MaximumSize: size})}
}

func newWeighed(most uint64, weight func(value any) uint32) entries {
	return bounded{otter.Must(&otter.Options[string, kept]{
		MaximumWeight: most,
		Weigher:       func(_ string, entry kept) uint32 { return weight(entry.value) },
	})}
}

// bounded has the methods of entries.
type bounded struct{ cache *otter.Cache[string, kept] }

func (b bounded) get(key string) (kept, bool) { return b.cache.GetIfPresent(key) }
func (b bounded) set(key string, entry kept)  { b.cache.Set(key, entry) }
func (b bounded) drop(key string)             { b.cache.Invalidate(key) }
func (b bounded) clear()                      { b.cache.InvalidateAll() }

func (b bounded) len() int {
	b.cache.CleanUp()
	return b.cache.EstimatedSize()
}
