package conditions

import (
	"strings"
	"unicode"
)

// pattern is a wildcard: literal characters, any one, any run.
type pattern struct {
	parts []part
	fold  bool
}

type part struct {
	char rune
	one  bool
	any  bool
}

func literal(s string) []part {
	parts := make([]part, 0, len(s)+1)
	for _, r := range s {
		parts = append(parts, part{char: r})
	}
	return parts
}

func parsePattern(s string, fold bool) pattern {
	p := pattern{fold: fold}
	escaped := false
	for _, r := range s {
		switch {
		case escaped:
			p.parts, escaped = append(p.parts, part{char: r}), false
		case r == '\\':
			escaped = true
		case r == '*':
			if n := len(p.parts); n == 0 || !p.parts[n-1].any {
				p.parts = append(p.parts, part{any: true})
			}
		case r == '?':
			p.parts = append(p.parts, part{one: true})
		default:
			p.parts = append(p.parts, part{char: r})
		}
	}
	if escaped {
		p.parts = append(p.parts, part{char: '\\'})
	}
	return p
}

// prefix is what every match begins with.
func (p pattern) prefix() string {
	var prefix strings.Builder
	for _, part := range p.parts {
		if p.fold || part.any || part.one {
			break
		}
		prefix.WriteRune(part.char)
	}
	return prefix.String()
}

// match tells whether the whole string fits. It takes time proportional to the
// pattern times the string, whatever they hold.
func (p pattern) match(s string) bool {
	text := []rune(s)
	at, in := 0, 0
	star, resume := -1, 0
	for in < len(text) {
		switch {
		case at < len(p.parts) && p.parts[at].any:
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
	for at < len(p.parts) && p.parts[at].any {
		at++
	}
	return at == len(p.parts)
}

func (p pattern) fits(part part, r rune) bool {
	if part.one || part.char == r {
		return true
	}
	return p.fold && (unicode.ToLower(part.char) == unicode.ToLower(r) || unicode.ToUpper(part.char) == unicode.ToUpper(r))
}
