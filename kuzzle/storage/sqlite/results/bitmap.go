package results

// Bitmap is a set of row numbers that costs a bit for each of a dense range.
type Bitmap struct {
	Count int64
	pages map[int64]*[1024]uint64
}

func (b *Bitmap) Set(n int64) {
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
		b.Count++
	}
}

func (b *Bitmap) Has(n int64) bool {
	page := b.pages[n>>16]
	return page != nil && page[n>>6&1023]>>(n&63)&1 == 1
}
