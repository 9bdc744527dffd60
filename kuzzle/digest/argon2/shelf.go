package argon2

// Shelf keeps memory that no hash uses at the moment, the oldest piece first. It is for
// one goroutine at a time.
type Shelf struct {
	kept  []*Memory
	bytes int64
	// Claim is told of bytes that come from the system or go back; nil tells nobody.
	Claim func(bytes int64)
}

// Of is how much is kept in pieces of exactly one size.
func (s *Shelf) Of(size int64) (bytes int64) {
	for _, m := range s.kept {
		if m.Size() == size {
			bytes += size
		}
	}
	return bytes
}

// Take answers a piece of exactly one size, or nil.
func (s *Shelf) Take(size int64) *Memory {
	for i, m := range s.kept {
		if m.Size() == size {
			return s.remove(i)
		}
	}
	return nil
}

func (s *Shelf) remove(i int) *Memory {
	m := s.kept[i]
	s.kept = append(s.kept[:i], s.kept[i+1:]...)
	s.bytes -= m.Size()
	return m
}

// Shrink gives the oldest back to the system until no more than so much is kept.
func (s *Shelf) Shrink(most int64) {
	for len(s.kept) > 0 && s.bytes > most {
		s.Free(s.remove(0))
	}
}

// Make is a new piece, from the system.
func (s *Shelf) Make(size int64) *Memory {
	m := NewMemory(size)
	if s.Claim != nil {
		s.Claim(m.Size())
	}
	return m
}

// Free gives a piece back to the system.
func (s *Shelf) Free(m *Memory) {
	size := m.Size()
	m.Free()
	if s.Claim != nil {
		s.Claim(-size)
	}
}

// Keep takes a piece for later, as the newest.
func (s *Shelf) Keep(m *Memory) {
	s.kept = append(s.kept, m)
	s.bytes += m.Size()
}

// Len is how many pieces are kept, and Bytes how much they are together.
func (s *Shelf) Len() int     { return len(s.kept) }
func (s *Shelf) Bytes() int64 { return s.bytes }

// FreeOldest gives the oldest piece back to the system, if there is one.
func (s *Shelf) FreeOldest() {
	if len(s.kept) > 0 {
		s.Free(s.remove(0))
	}
}

// Oldest is the piece that is kept longest, nil for none.
func (s *Shelf) Oldest() *Memory {
	if len(s.kept) == 0 {
		return nil
	}
	return s.kept[0]
}
