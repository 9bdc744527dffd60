package main

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// legible writes text that a terminal shows but does not interpret. Users, who may be
// strangers, chose much of the commands' output: an escape sequence could move the cursor
// or rename the window, and a direction mark could make an id look like another. Such
// characters are written as in JSON, as \u001b, so that JSON stays the same JSON.
type legible struct {
	to io.Writer
	// rest is the beginning of a character that continues in the next text.
	rest []byte
}

// Write implements io.Writer.
func (l *legible) Write(text []byte) (int, error) {
	all := text
	if len(l.rest) > 0 {
		all, l.rest = append(l.rest, text...), nil
	}
	var out []byte // nil while the text is unchanged
	done := 0
	for i := 0; i < len(all); {
		if !utf8.FullRune(all[i:]) {
			l.rest = append(l.rest, all[i:]...)
			all = all[:i]
			break
		}
		r, size := utf8.DecodeRune(all[i:])
		if steers(r) {
			out = fmt.Appendf(append(out, all[done:i]...), `\u%04x`, r)
			done = i + size
		}
		i += size
	}
	if done == 0 {
		out = all
	} else {
		out = append(out, all[done:]...)
	}
	_, err := l.to.Write(out)
	return len(text), err
}

// steers reports whether a terminal may interpret a character instead of showing it.
func steers(r rune) bool {
	switch r {
	case '\n', '\t':
		return false
	case '\u2028', '\u2029':
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r)
}

// cell escapes a text for one cell of a table.
var cell = strings.NewReplacer("\n", `\u000a`, "\t", `\u0009`)
