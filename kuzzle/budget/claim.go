package budget

// Claim takes bytes for work with its own bound, such as the memory of hashing; a
// negative number returns them. It never waits and is never refused: less is left for
// shares while the bytes are claimed.
func (b *Budget) Claim(bytes int64) {
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	claimed := b.claimed.Add(bytes)
	if b.follow != nil {
		b.follow(b.limit - claimed)
	}
	b.serve()
}

// Follow calls fn with the part of the budget that claims leave, now and after each
// claim. fn must return soon and must not call methods of the budget.
func (b *Budget) Follow(fn func(left int64)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.follow = fn
	fn(b.limit - b.claimed.Load())
}
