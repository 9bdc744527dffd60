package sqlite

// bitmap is a set of row numbers that costs a bit for each of a dense range.
type bitmap struct {
	count int64
	pages map[int64]*[1024]uint64
}

func (b *bitmap) set(n int64) {
	if b.pages == nil {
		b.pages = map[int64]*[1024]uint64{}
	}
	page := b.pages[n>>16]
	if page == nil {
		page = new([1024]uint64)
		b.pages[n>>16] = page
	}
	word, bit := n>>6&1023, uint64(1)<<(n&63)
	if page[word]&bit == 0 {
		page[word] |= bit
		b.count++
	}
}

func (b *bitmap) has(n int64) bool {
	page := b.pages[n>>16]
	return page != nil && page[n>>6&1023]>>(n&63)&1 == 1
}
