package budget

import "context"

// Share is what one holder has of a budget. The zero Share is of no budget and
// has no bound. It belongs to one goroutine at a time.
type Share struct {
	of   *Budget
	held int64
}

// Share makes an empty share. Those of a nil Budget have no bound.
func (b *Budget) Share() Share { return Share{of: b} }

// Held is the number of bytes of the share.
func (s *Share) Held() int64 { return s.held }

// Grow adds bytes, waiting in turn for at most [Patience]. The error is
// [ErrExhausted] or [ErrNeverFits]; the share is then as it was.
func (s *Share) Grow(ctx context.Context, bytes int64) error {
	if bytes <= 0 {
		return nil
	}
	if s.of != nil {
		if err := s.of.take(ctx, bytes); err != nil {
			return err
		}
	}
	s.held += bytes
	return nil
}

// TryGrow adds bytes if they are there at once, and reports whether they were.
func (s *Share) TryGrow(bytes int64) bool {
	if s.of != nil && !s.of.try(bytes) {
		return false
	}
	s.held += bytes
	return true
}

// Shrink gives back what is above so many bytes.
func (s *Share) Shrink(bytes int64) {
	if excess := s.held - bytes; excess > 0 {
		s.held = bytes
		if s.of != nil {
			s.of.give(excess)
		}
	}
}

// Move hands everything to a new share and leaves this one empty.
func (s *Share) Move() Share {
	moved := *s
	s.held = 0
	return moved
}

// Release gives everything back. A second call does nothing.
func (s *Share) Release() { s.Shrink(0) }
