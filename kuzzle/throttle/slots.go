package throttle

// slots is a set-associative array: a key, which is a keyed hash, determines its bucket, and each
// bucket is searched in order. The array doubles as needed, so that a server without attacks needs
// little memory.
//
// It has functions instead of methods: the compiler makes the methods of a generic type again in
// each package that reaches it, which most do.
type slots[E any] struct {
	// key returns an element's key; that of a free slot is 0.
	key func(*E) uint64
	// ways is the number of elements in a bucket, most the largest number in all.
	ways, most int
	entries    []E
}

// firstBuckets is the initial size, allocated with the first element.
const firstBuckets = 4

func newSlots[E any](key func(*E) uint64, ways, most int) slots[E] {
	return slots[E]{key: key, ways: ways, most: max(most, firstBuckets*ways)}
}

func bucketOf[E any](s *slots[E], key uint64) []E {
	at := (key >> 8) % uint64(len(s.entries)/s.ways) * uint64(s.ways)
	return s.entries[at : at+uint64(s.ways)]
}

// findIn returns the element of a key, or nil.
func findIn[E any](s *slots[E], key uint64) *E {
	if len(s.entries) == 0 {
		return nil
	}
	return among(s, bucketOf(s, key), key)
}

func among[E any](s *slots[E], bucket []E, key uint64) *E {
	for i := range bucket {
		if s.key(&bucket[i]) == key {
			return &bucket[i]
		}
	}
	return nil
}

// roomIn returns a slot for a new key: the one of its bucket that spare selects. The array grows
// first, if it may, unless spare reports that losing the selected one costs nothing.
func roomIn[E any](s *slots[E], key uint64, spare func(bucket []E) (e *E, free bool)) *E {
	if len(s.entries) == 0 {
		s.entries = make([]E, firstBuckets*s.ways)
	}
	for {
		e, free := spare(bucketOf(s, key))
		if free || len(s.entries)*2 > s.most {
			return e
		}
		grow(s)
	}
}

// grow doubles the array. The elements of a bucket spread over two, so all fit.
func grow[E any](s *slots[E]) {
	old := s.entries
	s.entries = make([]E, 2*len(old))
	for i := range old {
		if key := s.key(&old[i]); key != 0 {
			*among(s, bucketOf(s, key), 0) = old[i]
		}
	}
}
