package local

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"
)

// pattern is a regular expression that administrators write for Kuzzle, in JavaScript's syntax.
// Go's engine runs in linear time and therefore has no look-aheads. Password rules use look-aheads
// at the start of a pattern; each of these becomes an expression of its own that must (or must not)
// match at the same position. Other look-arounds and back references are refused when the server
// starts.
type pattern struct {
	anchored bool
	must     []*regexp.Regexp
	mustNot  []*regexp.Regexp
}

// parsePattern reads "pattern" or "/pattern/flags".
func parsePattern(text string) (*pattern, error) {
	flags := ""
	if end := strings.LastIndexByte(text, '/'); end > 0 && text[0] == '/' {
		text, flags = text[1:end], text[end+1:]
	}
	prefix := ""
	for _, flag := range flags {
		switch flag {
		case 'i', 'm', 's':
			prefix += string(flag)
		case 'g', 'u', 'd':
		default:
			return nil, fmt.Errorf("flag %q is not supported", flag)
		}
	}
	if prefix != "" {
		prefix = "(?" + prefix + ")"
	}
	p := new(pattern)
	text = translateEscapes(text)
	if strings.HasPrefix(text, "^(?=") || strings.HasPrefix(text, "^(?!") {
		p.anchored, text = !strings.Contains(prefix, "m"), text[1:]
		if !p.anchored {
			return nil, errors.New("flag m cannot be combined with look-aheads")
		}
	}
	for strings.HasPrefix(text, "(?=") || strings.HasPrefix(text, "(?!") {
		end := closing(text)
		if end < 0 {
			return nil, errors.New("a parenthesis is not closed")
		}
		one, err := compileAt(prefix, text[3:end])
		if err != nil {
			return nil, err
		}
		if text[2] == '=' {
			p.must = append(p.must, one)
		} else {
			p.mustNot = append(p.mustNot, one)
		}
		text = text[end+1:]
	}
	if len(p.must)+len(p.mustNot) == 0 {
		rest, err := regexp.Compile(prefix + text)
		p.must = []*regexp.Regexp{rest}
		p.anchored = true // it finds its own place
		return p, err
	}
	rest, err := compileAt(prefix, text)
	p.must = append(p.must, rest)
	return p, err
}

// compileAt compiles an expression that matches only where it is applied.
func compileAt(prefix, text string) (*regexp.Regexp, error) {
	return regexp.Compile(prefix + `\A(?:` + text + `)`)
}

func (p *pattern) match(text string) bool {
	if p.anchored {
		return p.matchHere(text)
	}
	for at := 0; at <= len(text); {
		if p.matchHere(text[at:]) {
			return true
		}
		_, size := utf8.DecodeRuneInString(text[at:])
		at += max(size, 1)
	}
	return false
}

func (p *pattern) matchHere(text string) bool {
	for _, one := range p.must {
		if !one.MatchString(text) {
			return false
		}
	}
	for _, one := range p.mustNot {
		if one.MatchString(text) {
			return false
		}
	}
	return true
}

// closing returns the index of the parenthesis that closes the first one, or -1.
func closing(text string) int {
	depth, inClass := 0, false
	for at := 0; at < len(text); at++ {
		switch c := text[at]; {
		case c == '\\':
			at++
		case inClass:
			inClass = c != ']'
		case c == '[':
			inClass = true
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth == 0 {
				return at
			}
		}
	}
	return -1
}

// translateEscapes rewrites \u00e9 and \u{e9} for Go's engine.
func translateEscapes(text string) string {
	var out strings.Builder
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' || at+1 == len(text) {
			out.WriteByte(text[at])
			continue
		}
		switch rest := text[at+2:]; {
		case text[at+1] == 'u' && strings.HasPrefix(rest, "{"):
			out.WriteString(`\x`)
		case text[at+1] == 'u' && len(rest) >= 4:
			out.WriteString(`\x{` + rest[:4] + `}`)
			at += 4
		default:
			out.WriteString(text[at : at+2])
		}
		at++
	}
	return out.String()
}
