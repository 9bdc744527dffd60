package totals

import (
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// Counting is the first count of a field. It gets the rows of the field in the order of
// their values, and the rows of some documents a second time.
type Counting struct {
	field
	run           int64 // rows of the last value
	seen, several results.Bitmap
	// trie has the combinations of values; a combination's prefix is its parent. at is each
	// document's position in it.
	trie []node
	next map[step]int32
	at   map[int64]int32
}

type node struct {
	step
	documents int64
}

// step leads from a combination to one with one more value.
type step struct {
	from  int32
	value any
}

// buckets is the approximate number of buckets of a field.
const buckets = 512

// NewCounting begins to count a field in a collection of so many documents. A bucket has at
// least least rows. It does not distinguish combinations of words.
func NewCounting(documents, least int64, words bool) *Counting {
	c := &Counting{field: field{least: max(least, documents/buckets)}}
	if !words {
		c.field.several = map[string]*combination{}
	}
	return c
}

// Add counts a row.
func (c *Counting) Add(value any, document int64) {
	if c.seen.Has(document) {
		c.several.Set(document)
	}
	c.seen.Set(document)
	last := len(c.buckets) - 1
	if last < 0 || c.newest != value && mapping.Compare(c.newest, value) != 0 {
		c.newest, c.run = value, 0
		if last < 0 || c.buckets[last].alone || c.buckets[last].rows >= c.least {
			c.buckets = append(c.buckets, bucket{low: value})
			last++
		}
	}
	c.run++
	c.buckets[last].rows++
	if c.run < c.least || c.buckets[last].alone {
		return
	}
	if c.buckets[last].rows -= c.run; c.buckets[last].rows > 0 {
		c.buckets = append(c.buckets, bucket{})
		last++
	}
	c.buckets[last] = bucket{low: value, rows: c.run, alone: true}
}

// Again reports whether AddAgain needs the rows, because some documents have several values.
func (c *Counting) Again() bool { return c.field.several != nil && c.several.Count > 0 }

// AddAgain counts a row in the combinations. It returns false if there are too many.
func (c *Counting) AddAgain(value any, document int64) bool {
	if !c.several.Has(document) {
		return true
	}
	if c.next == nil {
		c.next, c.at, c.trie = map[step]int32{}, map[int64]int32{}, make([]node, 1)
	}
	from := c.at[document]
	to, met := c.next[step{from, value}]
	if !met {
		if to = int32(len(c.trie)); to > 2*mostCombinations {
			c.field.several = nil
			return false
		}
		c.next[step{from, value}] = to
		c.trie = append(c.trie, node{step: step{from, value}})
	}
	c.trie[from].documents--
	c.trie[to].documents++
	c.at[document] = to
	return true
}

// done returns the field.
func (c *Counting) done() *field {
	c.documents = c.seen.Count
	for at, one := range c.trie {
		if at == 0 || one.documents <= 0 || c.field.several == nil {
			continue
		}
		var values []any
		for back := int32(at); back != 0; back = c.trie[back].from {
			values = append(values, c.trie[back].value)
		}
		c.field.several[keyOf(values)] = &combination{values, one.documents}
	}
	f := c.field
	return &f
}
