package totals

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// field has the numbers of one field. The rows of its index lie in buckets, in the order of
// their values. A value with as many rows as a full bucket has a bucket of its own. So at
// most two buckets lie in a range only in part.
type field struct {
	buckets []bucket
	// newest is at least as large as every value.
	newest any
	// documents is the number of documents with a value.
	documents int64
	// several counts documents with more than one value by these values. It is nil if there
	// are too many combinations.
	several map[string]*combination
	// least is the number of rows of a bucket before the next one begins.
	least int64
	// unasked is the number of changes since the last request for the field.
	unasked int
}

// bucket has the rows from low up to the low of the next bucket. If alone is set, it has
// only the rows of the value low.
type bucket struct {
	low   any
	rows  int64
	alone bool
}

type combination struct {
	values    []any
	documents int64
}

// mostCombinations is the largest number of combinations of a field's values.
const mostCombinations = 1024

// bucketOf returns the index of a value's bucket, -1 before the first.
func (f *field) bucketOf(value any) int {
	at, found := slices.BinarySearchFunc(f.buckets, value, func(b bucket, value any) int { return mapping.Compare(b.low, value) })
	if !found {
		at--
	}
	return at
}

// add adds a row.
func (f *field) add(value any) {
	at := f.bucketOf(value)
	last := at == len(f.buckets)-1
	newer := last && (f.newest == nil || mapping.Compare(value, f.newest) > 0)
	if newer {
		f.newest = value
	}
	switch {
	case at >= 0 && !f.closed(at, value, newer):
		f.buckets[at].rows++
	case !last && !f.buckets[at+1].alone:
		f.buckets[at+1].low = value
		f.buckets[at+1].rows++
	default:
		f.buckets = slices.Insert(f.buckets, at+1, bucket{low: value, rows: 1})
	}
}

// closed reports whether a bucket does not take the value. A full last bucket takes no newer
// value, since otherwise all new times would go into it.
func (f *field) closed(at int, value any, newer bool) bool {
	b := f.buckets[at]
	if b.alone {
		return mapping.Compare(b.low, value) != 0
	}
	return newer && b.rows >= f.least
}

// remove removes a row.
func (f *field) remove(value any) {
	if at := f.bucketOf(value); at >= 0 {
		f.buckets[at].rows--
	}
}

// change replaces a document's old values by its new ones.
func (f *field) change(had, has []any) {
	if slices.Equal(had, has) {
		return
	}
	for _, value := range had {
		f.remove(value)
	}
	for _, value := range has {
		f.add(value)
	}
	f.combine(had, -1)
	f.combine(has, 1)
}

// combine counts documents with these values.
func (f *field) combine(values []any, documents int64) {
	if len(values) == 0 {
		return
	}
	f.documents += documents
	if len(values) == 1 || f.several == nil {
		return
	}
	key := keyOf(values)
	one := f.several[key]
	if one == nil {
		one = &combination{values: slices.Clone(values)}
		f.several[key] = one
	}
	if one.documents += documents; one.documents == 0 {
		delete(f.several, key)
	}
	if len(f.several) > mostCombinations {
		f.several = nil
	}
}

// keyOf returns the same key for the same values in any order. It sorts values.
func keyOf(values []any) string {
	slices.SortFunc(values, mapping.Compare)
	var key strings.Builder
	for _, value := range values {
		fmt.Fprintf(&key, "%T%q", value, fmt.Sprint(value))
	}
	return key.String()
}

// total sums the rows of the spans, which with the rows of the edges is the number of
// documents. The number is unknown if documents may have several of the values.
func (f *field) total(spans []mapping.Span) (sum int64, edges []mapping.Span, known bool) {
	if len(spans) == 1 && spans[0] == (mapping.Span{}) {
		return f.documents, nil, true
	}
	spans = merged(spans)
	if len(spans) == 0 {
		return 0, nil, true
	}
	if f.several == nil && !(len(spans) == 1 && single(spans[0])) {
		return 0, nil, false
	}
	for _, span := range spans {
		sum += f.rows(span, &edges)
	}
	for _, one := range f.several {
		within := int64(0)
		for _, value := range one.values {
			if slices.ContainsFunc(spans, func(s mapping.Span) bool { return inside(s, value) }) {
				within++
			}
		}
		sum -= one.documents * max(0, within-1)
	}
	return sum, edges, true
}

// rows sums the buckets inside the span, and adds the parts of other buckets to edges.
func (f *field) rows(span mapping.Span, edges *[]mapping.Span) (sum int64) {
	first := 0
	if span.Low != nil {
		first = max(0, f.bucketOf(span.Low))
	}
	for at := first; at < len(f.buckets); at++ {
		b := f.buckets[at]
		piece := mapping.Span{Low: b.low}
		switch {
		case b.alone:
			piece.High = b.low
		case at+1 < len(f.buckets):
			piece.High, piece.HighOpen = f.buckets[at+1].low, true
		}
		if span.High != nil && mapping.Compare(b.low, span.High) > 0 {
			break
		}
		common := intersection(piece, span)
		switch {
		case empty(common):
		case common == piece:
			sum += b.rows
		case b.rows > 0:
			*edges = append(*edges, common)
		}
	}
	return sum
}
