package query

import (
	"strconv"
	"strings"
)

// word is a run of characters: as text, and as a pattern in which only
// unescaped * and ? are special.
type word struct {
	text, pattern string
	wild          bool
}

// wordEnds are the characters that end a word unless \ stands before them.
const wordEnds = " \t\r\n()\":^[]{}~"

// word reads a non-empty word.
func (q *phrasing) word() (word, error) {
	var w word
	var text, pattern strings.Builder
	for ; q.pos < len(q.in); q.pos++ {
		c := q.in[q.pos]
		if strings.IndexByte(wordEnds, c) >= 0 {
			break
		}
		switch c {
		case '*', '?':
			w.wild = true
		case '\\':
			if q.pos++; q.pos == len(q.in) {
				return w, q.bad(`ends in \`)
			}
			c = q.in[q.pos]
			if c == '*' || c == '?' || c == '\\' {
				pattern.WriteByte('\\')
			}
		}
		text.WriteByte(c)
		pattern.WriteByte(c)
	}
	w.text, w.pattern = text.String(), pattern.String()
	if w.text == "" {
		return w, q.bad("has no word at character %d", q.pos)
	}
	return w, nil
}

// run adds the plain words that follow: words without an operator between them
// are one text, so that a keyword with several words can be found.
func (q *phrasing) run(w *word) {
	for {
		before := q.pos
		q.space()
		if q.end() || strings.IndexByte(wordEnds+"+-!/", q.peek()) >= 0 || q.joins() {
			q.pos = before
			return
		}
		next, err := q.word()
		if err != nil || next.wild || strings.IndexByte(":^~", q.peek()) >= 0 {
			q.pos = before
			return
		}
		w.text += " " + next.text
	}
}

// joins reports whether AND, OR or NOT comes next.
func (q *phrasing) joins() bool {
	before := q.pos
	defer func() { q.pos = before }()
	return q.keyword("AND") || q.keyword("OR") || q.keyword("NOT") || q.keyword("&&") || q.keyword("||")
}

// string reads the text in double quotes.
func (q *phrasing) string() (string, error) {
	var text strings.Builder
	for q.pos++; q.pos < len(q.in); q.pos++ {
		switch c := q.in[q.pos]; c {
		case '"':
			q.pos++
			return text.String(), nil
		case '\\':
			if q.pos++; q.pos == len(q.in) {
				return "", q.bad(`ends in \`)
			}
		}
		text.WriteByte(q.in[q.pos])
	}
	return "", q.bad("has a quotation without an end")
}

// bound reads one bound of a range; nil for *.
func (q *phrasing) bound() (any, error) {
	q.space()
	if q.peek() == '"' {
		return q.string()
	}
	start := q.pos
	for q.pos < len(q.in) && strings.IndexByte(" \t\r\n]})(", q.in[q.pos]) < 0 {
		q.pos++
	}
	switch text := q.in[start:q.pos]; text {
	case "":
		return nil, q.bad("has a range without a bound")
	case "*":
		return nil, nil
	default:
		return strings.ReplaceAll(text, `\`, ""), nil
	}
}

// suffix skips ^boost and refuses ~.
func (q *phrasing) suffix() error {
	if q.peek() == '~' {
		return q.refused("~")
	}
	if !q.skip('^') {
		return nil
	}
	start := q.pos
	for q.pos < len(q.in) && strings.IndexByte("0123456789.", q.in[q.pos]) >= 0 {
		q.pos++
	}
	if _, err := strconv.ParseFloat(q.in[start:q.pos], 64); err != nil {
		return q.bad("has a ^ without a number")
	}
	return nil
}

func (q *phrasing) refused(what string) error {
	defer q.step(what)()
	return q.unsupported()
}

// keyword skips an exact word, which must end where words do.
func (q *phrasing) keyword(s string) bool {
	rest, found := strings.CutPrefix(q.in[q.pos:], s)
	symbol := s[0] == '&' || s[0] == '|'
	if !found || !symbol && rest != "" && strings.IndexByte(" \t\r\n()\"", rest[0]) < 0 {
		return false
	}
	q.pos += len(s)
	return true
}

func (q *phrasing) space() {
	for q.pos < len(q.in) && strings.IndexByte(" \t\r\n", q.in[q.pos]) >= 0 {
		q.pos++
	}
}

func (q *phrasing) peek() byte {
	if q.pos == len(q.in) {
		return 0
	}
	return q.in[q.pos]
}

func (q *phrasing) skip(c byte) bool {
	if q.peek() != c || q.pos == len(q.in) {
		return false
	}
	q.pos++
	return true
}

// end reports whether the text or a pair of parentheses ends here.
func (q *phrasing) end() bool { return q.pos == len(q.in) || q.in[q.pos] == ')' }
