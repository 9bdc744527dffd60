package totals

import (
	"cmp"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// merged returns the same values in sorted spans that do not overlap.
func merged(spans []mapping.Span) []mapping.Span {
	spans = slices.DeleteFunc(slices.Clone(spans), empty)
	slices.SortFunc(spans, compareLow)
	var all []mapping.Span
	for _, span := range spans {
		last := len(all) - 1
		if last < 0 || !meets(all[last], span) {
			all = append(all, span)
			continue
		}
		if compareHigh(span, all[last]) > 0 {
			all[last].High, all[last].HighOpen = span.High, span.HighOpen
		}
	}
	return all
}

// compareLow orders spans by their lower bounds.
func compareLow(a, b mapping.Span) int {
	switch {
	case a.Low == nil || b.Low == nil:
		return cmp.Compare(known(a.Low), known(b.Low))
	case mapping.Compare(a.Low, b.Low) != 0:
		return mapping.Compare(a.Low, b.Low)
	}
	return cmp.Compare(number(a.LowOpen), number(b.LowOpen))
}

// compareHigh orders spans by their upper bounds.
func compareHigh(a, b mapping.Span) int {
	switch {
	case a.High == nil || b.High == nil:
		return cmp.Compare(known(b.High), known(a.High))
	case mapping.Compare(a.High, b.High) != 0:
		return mapping.Compare(a.High, b.High)
	}
	return cmp.Compare(number(b.HighOpen), number(a.HighOpen))
}

func known(v any) int { return number(v != nil) }

func number(is bool) int {
	if is {
		return 1
	}
	return 0
}

// meets reports whether two spans have a value in common. The first one begins first.
func meets(a, b mapping.Span) bool { return !empty(intersection(a, b)) }

// intersection returns the values that both spans have.
func intersection(a, b mapping.Span) mapping.Span {
	if compareLow(a, b) < 0 {
		a.Low, a.LowOpen = b.Low, b.LowOpen
	}
	if compareHigh(a, b) > 0 {
		a.High, a.HighOpen = b.High, b.HighOpen
	}
	return a
}

// empty reports whether no value can be in a span.
func empty(s mapping.Span) bool {
	if s.Low == nil || s.High == nil {
		return false
	}
	c := mapping.Compare(s.Low, s.High)
	return c > 0 || c == 0 && (s.LowOpen || s.HighOpen)
}

// single reports whether a span is one value.
func single(s mapping.Span) bool {
	return s.Low != nil && s.High != nil && !s.LowOpen && !s.HighOpen && mapping.Compare(s.Low, s.High) == 0
}

// inside reports whether a value is in a span.
func inside(s mapping.Span, value any) bool {
	return !empty(intersection(s, mapping.Span{Low: value, High: value}))
}
