package conditions

import (
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
)

// pattern matches values with the pieces of a wildcard.
type pattern struct {
	parts []query.Part
	fold  bool
}

// prefix returns the beginning of every match.
func (p pattern) prefix() string {
	var prefix strings.Builder
	for _, part := range p.parts {
		if p.fold || part.Any || part.One {
			break
		}
		prefix.WriteRune(part.Char)
	}
	return prefix.String()
}

// match reports whether the whole string matches. Its time is proportional to
// the pattern times the string in every case.
func (p pattern) match(s string) bool {
	text := []rune(s)
	at, in := 0, 0
	star, resume := -1, 0
	for in < len(text) {
		switch {
		case at < len(p.parts) && p.parts[at].Any:
			star, resume = at, in
			at++
		case at < len(p.parts) && p.fits(p.parts[at], text[in]):
			at, in = at+1, in+1
		case star >= 0:
			resume++
			at, in = star+1, resume
		default:
			return false
		}
	}
	for at < len(p.parts) && p.parts[at].Any {
		at++
	}
	return at == len(p.parts)
}

func (p pattern) fits(part query.Part, r rune) bool {
	return part.One || part.Char == r || p.fold && slices.Contains(query.Cases(r), part.Char)
}
