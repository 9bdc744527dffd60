package argon2

// Shelf keeps unused memory, the oldest piece first. It is for one goroutine at a time.
type Shelf struct {
	kept  []*Memory
	bytes int64
	// Claim is called with the bytes that are allocated, or with a negative number for freed
	// ones; nil for none.
	Claim func(bytes int64)
}

// Of returns the bytes that are kept in pieces of exactly one size.
func (s *Shelf) Of(size int64) (bytes int64) {
	for _, m := range s.kept {
		if m.Size() == size {
			bytes += size
		}
	}
	return bytes
}

// Take returns a piece of exactly one size, or nil.
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

// Shrink frees the oldest pieces until at most so many bytes are kept.
func (s *Shelf) Shrink(most int64) {
	for len(s.kept) > 0 && s.bytes > most {
		s.Free(s.remove(0))
	}
}

// Make allocates a piece.
func (s *Shelf) Make(size int64) *Memory {
	m := NewMemory(size)
	if s.Claim != nil {
		s.Claim(m.Size())
	}
	return m
}

// Free frees a piece.
func (s *Shelf) Free(m *Memory) {
	size := m.Size()
	m.Free()
	if s.Claim != nil {
		s.Claim(-size)
	}
}

// Keep keeps a piece, as the newest.
func (s *Shelf) Keep(m *Memory) {
	s.kept = append(s.kept, m)
	s.bytes += m.Size()
}

// Len returns the number of kept pieces, Bytes their size together.
func (s *Shelf) Len() int     { return len(s.kept) }
func (s *Shelf) Bytes() int64 { return s.bytes }

// FreeOldest frees the oldest piece, if there is one.
func (s *Shelf) FreeOldest() {
	if len(s.kept) > 0 {
		s.Free(s.remove(0))
	}
}

// Oldest returns the piece that has been kept longest, nil for none.
func (s *Shelf) Oldest() *Memory {
	if len(s.kept) == 0 {
		return nil
	}
	return s.kept[0]
}
