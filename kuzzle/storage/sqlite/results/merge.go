package results

// Stream has entries in the order of their ids, read a few at a time.
type Stream struct {
	// Behind is the id after which it begins.
	Behind string
	// Read passes at most limit entries after an id.
	Read func(behind string, limit int, give func(Entry)) error

	waiting []Entry
	limit   int
	ended   bool
}

// Bounds of how many entries a stream reads at once.
const (
	firstRead = 16
	mostRead  = 1024
)

func (s *Stream) fill() error {
	if len(s.waiting) > 0 || s.ended {
		return nil
	}
	s.limit = min(mostRead, max(firstRead, 2*s.limit))
	err := s.Read(s.Behind, s.limit, func(e Entry) { s.waiting = append(s.waiting, e) })
	if n := len(s.waiting); n > 0 {
		s.Behind = s.waiting[n-1].ID
	}
	s.ended = len(s.waiting) < s.limit
	return err
}

// Merge passes the entries of all streams in the order of their ids, until give
// returns false.
func Merge(streams []*Stream, give func(Entry) bool) error {
	for {
		var first *Stream
		for _, s := range streams {
			if err := s.fill(); err != nil {
				return err
			}
			if len(s.waiting) > 0 && (first == nil || s.waiting[0].ID < first.waiting[0].ID) {
				first = s
			}
		}
		if first == nil {
			return nil
		}
		next := first.waiting[0]
		first.waiting = first.waiting[1:]
		if !give(next) {
			return nil
		}
	}
}
