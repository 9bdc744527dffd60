package throttle

// slots is a set-associative array: where a key may sit follows from the key,
// which is a keyed hash, and each bucket is searched in order. It doubles as
// needed, so that a server that nobody attacks keeps next to nothing.
type slots[E any] struct {
	// key answers an element's; that of a free slot is 0.
	key func(*E) uint64
	// ways is how many elements a bucket has, most how many there are in all.
	ways, most int
	entries    []E
}

// firstBuckets is the size when the first element comes.
const firstBuckets = 4

func newSlots[E any](key func(*E) uint64, ways, most int) slots[E] {
	return slots[E]{key: key, ways: ways, most: max(most, firstBuckets*ways)}
}

func (s *slots[E]) bucket(key uint64) []E {
	at := (key >> 8) % uint64(len(s.entries)/s.ways) * uint64(s.ways)
	return s.entries[at : at+uint64(s.ways)]
}

// find answers the element of a key, or nil.
func (s *slots[E]) find(key uint64) *E {
	if len(s.entries) == 0 {
		return nil
	}
	return s.in(s.bucket(key), key)
}

func (s *slots[E]) in(bucket []E, key uint64) *E {
	for i := range bucket {
		if s.key(&bucket[i]) == key {
			return &bucket[i]
		}
	}
	return nil
}

// room answers a slot for a key that is not there: the one of its bucket that
// the caller can best spare. The array grows first, while it may, unless losing
// that one costs nothing.
func (s *slots[E]) room(key uint64, spare func(bucket []E) (e *E, free bool)) *E {
	if len(s.entries) == 0 {
		s.entries = make([]E, firstBuckets*s.ways)
	}
	for {
		e, free := spare(s.bucket(key))
		if free || len(s.entries)*2 > s.most {
			return e
		}
		s.grow()
	}
}

// grow doubles the array. A bucket's elements spread over two, so all have room.
func (s *slots[E]) grow() {
	old := s.entries
	s.entries = make([]E, 2*len(old))
	for i := range old {
		if key := s.key(&old[i]); key != 0 {
			*s.in(s.bucket(key), 0) = old[i]
		}
	}
}
