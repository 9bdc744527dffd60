package indexed

import (
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// Term is one row of the inverted index, or with an edge of the index of orders,
// without its document.
type Term struct {
	Field int64
	Value any
	Edge  Edge
}

// Edge tells of a value in the index of orders whether it is the smallest and
// the largest of its field in the document. It is 0 if the value is not in the
// index.
type Edge int64

// Edges. A value that is neither smallest nor largest is Within.
const (
	Smallest Edge = 1 << iota
	Largest
	Within
)

// Distinct keeps the first of equal terms.
func Distinct(terms []Term) []Term {
	kept := terms[:0]
	if len(terms) <= 32 {
		for _, one := range terms {
			if !slices.Contains(kept, one) {
				kept = append(kept, one)
			}
		}
		return kept
	}
	seen := make(map[Term]bool, len(terms))
	for _, one := range terms {
		if !seen[one] {
			seen[one] = true
			kept = append(kept, one)
		}
	}
	return kept
}

// Without returns the terms of a that b does not have.
func Without(a, b []Term) []Term {
	has := make(map[Term]bool, len(b))
	for _, one := range b {
		has[one] = true
	}
	var rest []Term
	for _, one := range a {
		if !has[one] {
			rest = append(rest, one)
		}
	}
	return rest
}

// SetEdges sets the edges of a field's values, and reports whether there are
// any.
func SetEdges(terms []Term, field int64) bool {
	low, high := -1, -1
	for at, one := range terms {
		if one.Field != field {
			continue
		}
		if low < 0 || mapping.Compare(one.Value, terms[low].Value) < 0 {
			low = at
		}
		if high < 0 || mapping.Compare(one.Value, terms[high].Value) > 0 {
			high = at
		}
	}
	if low < 0 || low == high {
		return low >= 0
	}
	for at := range terms {
		if terms[at].Field == field {
			terms[at].Edge = Within
		}
	}
	terms[low].Edge, terms[high].Edge = Smallest, Largest
	return true
}

// Parted splits terms into those of the inverted index and those of the index of
// orders.
func Parted(terms []Term) (plain, listed []Term) {
	first := slices.IndexFunc(terms, func(one Term) bool { return one.Edge != 0 })
	if first < 0 {
		return terms, nil
	}
	plain = slices.Clone(terms[:first])
	for _, one := range terms[first:] {
		if one.Edge == 0 {
			plain = append(plain, one)
		} else {
			listed = append(listed, one)
		}
	}
	return plain, listed
}
