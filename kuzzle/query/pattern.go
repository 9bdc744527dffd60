package query

import "unicode"

// Part is one piece of a pattern: a character, any one (One), or any run (Any).
type Part struct {
	Char     rune
	One, Any bool
}

// Literal is a pattern of the characters of s, each as it is.
func Literal(s string) []Part {
	parts := make([]Part, 0, len(s)+1)
	for _, r := range s {
		parts = append(parts, Part{Char: r})
	}
	return parts
}

// Parts are the pieces of the pattern. Runs beside each other are one.
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

// Cases are the characters that a pattern in any case takes for r, which is the
// first of them. They are those of Unicode's simple folding, so each belongs to
// all others: "İ" has a small form of two characters, and stands alone.
func Cases(r rune) []rune {
	cases := []rune{r}
	for v := unicode.SimpleFold(r); v != r; v = unicode.SimpleFold(v) {
		cases = append(cases, v)
	}
	return cases
}
