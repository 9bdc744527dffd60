package budget

// Claim takes bytes for work that has a bound of its own, such as the memory that
// hashes work in, or gives them back where the number is negative. It never waits and
// is never refused: shares get less as long as the bytes are claimed.
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

// Follow has fn told what claims leave of the budget, now and after each of them. fn
// returns soon and calls no method of the budget.
func (b *Budget) Follow(fn func(left int64)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.follow = fn
	fn(b.limit - b.claimed.Load())
}
