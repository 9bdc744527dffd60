package query

import "unicode"

// Part is one piece of a pattern: a character, any one character (One), or any
// run of characters (Any).
type Part struct {
	Char     rune
	One, Any bool
}

// Literal returns a pattern that matches s exactly.
func Literal(s string) []Part {
	parts := make([]Part, 0, len(s)+1)
	for _, r := range s {
		parts = append(parts, Part{Char: r})
	}
	return parts
}

// Parts returns the pieces of the pattern. Adjacent runs become one.
func (w Wildcard) Parts() []Part {
	var parts []Part
	escaped := false
	for _, r := range w.Pattern {
		switch {
		case escaped:
			parts, escaped = append(parts, Part{Char: r}), false
		case r == '\\':
			escaped = true
		case r == '*':
			if n := len(parts); n == 0 || !parts[n-1].Any {
				parts = append(parts, Part{Any: true})
			}
		case r == '?':
			parts = append(parts, Part{One: true})
		default:
			parts = append(parts, Part{Char: r})
		}
	}
	if escaped {
		parts = append(parts, Part{Char: '\\'})
	}
	return parts
}

// Cases returns the characters that a case-insensitive pattern accepts for r,
// with r first. They are those of Unicode's simple folding, so the relation is
// symmetric: "İ" has a small form of two characters, and stands alone.
func Cases(r rune) []rune {
	cases := []rune{r}
	for v := unicode.SimpleFold(r); v != r; v = unicode.SimpleFold(v) {
		cases = append(cases, v)
	}
	return cases
}
