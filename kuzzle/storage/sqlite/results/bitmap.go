package results

import "math/bits"

// Bitmap is a set of row numbers that uses one bit per number in a dense range.
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

// Keep removes the numbers that others does not have.
func (b *Bitmap) Keep(others *Bitmap) {
	b.each(others, func(mine, theirs uint64) uint64 { return mine & theirs })
}

// Drop removes the numbers that others has.
func (b *Bitmap) Drop(others *Bitmap) {
	b.each(others, func(mine, theirs uint64) uint64 { return mine &^ theirs })
}

func (b *Bitmap) each(others *Bitmap, left func(mine, theirs uint64) uint64) {
	none := new([1024]uint64)
	b.Count = 0
	for at, page := range b.pages {
		theirs := others.pages[at]
		if theirs == nil {
			theirs = none
		}
		for i := range page {
			page[i] = left(page[i], theirs[i])
			b.Count += int64(bits.OnesCount64(page[i]))
		}
	}
}
