package query

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of a fuzzy clause.
const (
	maxEdits = 2
	maxFuzzy = 256
)

// Fits reports whether a value is near enough. As in Elasticsearch, nothing is near an empty text but
// an empty one.
func (f Fuzzy) Fits(value string) bool {
	if value == f.Value || f.Value == "" {
		return value == f.Value
	}
	a, b := []rune(f.Value), []rune(value)
	same := min(f.Prefix, len(a))
	if len(b) < same || string(a[:same]) != string(b[:same]) {
		return false
	}
	return f.near(a[same:], b[same:])
}

// near compares within a band of as many diagonals as there may be edits.
func (f Fuzzy) near(a, b []rune) bool {
	k, far := f.Edits, f.Edits+1
	if len(a)-len(b) > k || len(b)-len(a) > k {
		return false
	}
	before, above, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = min(j, far)
	}
	for i := 1; i <= len(a); i++ {
		first, last := max(1, i-k), min(len(b), i+k)
		row[first-1] = far
		if first == 1 {
			row[0] = min(i, far)
		}
		for j := first; j <= last; j++ {
			cost := above[j-1]
			if a[i-1] != b[j-1] {
				cost++
			}
			cost = min(cost, row[j-1]+1)
			if j < i+k {
				cost = min(cost, above[j]+1)
			}
			if f.Transpositions && i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cost = min(cost, before[j-2]+1)
			}
			row[j] = min(cost, far)
		}
		before, above, row = above, row, before
	}
	return above[len(b)] <= k
}

// fuzzy reads {"<field>": "text"} and {"<field>": {"value": "text"}}.
func (p *parser) fuzzy(v any) (Node, error) {
	f := form{used: []string{"value", "fuzziness", "prefix_length", "transpositions"}, ignored: []string{"max_expansions", "rewrite", "boost"}}
	field, value, options, err := p.valued(v, f, "value")
	if err != nil {
		return nil, err
	}
	text, err := p.text(value)
	if err != nil {
		return nil, err
	}
	length := utf8.RuneCountInString(text)
	if length > maxFuzzy {
		return nil, ErrTooComplex.New("characters in the value of "+p.where(), maxFuzzy)
	}
	node := Fuzzy{Field: field, Value: text, Transpositions: true}
	if _, given := options["transpositions"]; given {
		if node.Transpositions, err = p.option(options, "transpositions"); err != nil {
			return nil, err
		}
	}
	var ok bool
	if node.Edits, ok = editsOf(options["fuzziness"], length); !ok {
		defer p.step("fuzziness")()
		return nil, p.bad(`has to be 0, 1, 2, "AUTO" or as "AUTO:3,6"`)
	}
	if given, has := options["prefix_length"]; has {
		n, is := given.(float64)
		if !is || n != float64(int(n)) || n < 0 || n > maxFuzzy {
			defer p.step("prefix_length")()
			return nil, p.bad("has to be a whole number that is not negative")
		}
		node.Prefix = int(n)
	}
	return node, p.count(1)
}

// editsOf reads a fuzziness, which by default goes by the length: none of up to two
// characters, one of up to five, and two of more.
func editsOf(given any, length int) (edits int, ok bool) {
	low, high := 3, 6
	switch v := given.(type) {
	case nil:
	case float64:
		return int(v), v == 0 || v == 1 || v == maxEdits
	case string:
		if n, err := strconv.Atoi(v); err == nil {
			return n, n >= 0 && n <= maxEdits
		}
		name, ends, more := strings.Cut(v, ":")
		if !strings.EqualFold(name, "AUTO") {
			return 0, false
		}
		if more {
			first, second, two := strings.Cut(ends, ",")
			var errs [2]error
			low, errs[0] = strconv.Atoi(first)
			high, errs[1] = strconv.Atoi(second)
			if !two || errs[0] != nil || errs[1] != nil || low < 0 || high < low {
				return 0, false
			}
		}
	default:
		return 0, false
	}
	switch {
	case length < low:
		return 0, true
	case length < high:
		return 1, true
	}
	return maxEdits, true
}
