package conditions

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// FuzzPattern compares wildcards with regular expressions.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"a*b?c", "aXXbYc"}, {`\*\?\\`, `*?\`}, {"*", ""}, {"", ""}, {"***a***", "bab"}, {"é?", "éü"}, {`a\`, `a\`}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern)+len(text) > 100 {
			return
		}
		p := parsePattern(pattern, false)
		var expression strings.Builder
		for _, part := range p.parts {
			switch {
			case part.any:
				expression.WriteString(".*")
			case part.one:
				expression.WriteString(".")
			default:
				expression.WriteString(regexp.QuoteMeta(string(part.char)))
			}
		}
		want := regexp.MustCompile("(?s)^" + expression.String() + "$").MatchString(text)
		if got := p.match(text); got != want {
			t.Errorf("%q on %q: got %t, want %t", pattern, text, got, want)
		}
		if want && !strings.HasPrefix(text, p.prefix()) {
			t.Errorf("%q on %q: prefix %q", pattern, text, p.prefix())
		}
	})
}

// TestPatternIsQuick: a pattern made to be slow is not.
func TestPatternIsQuick(t *testing.T) {
	p := parsePattern(strings.Repeat("*a", 200)+"*b", false)
	if p.match(strings.Repeat("a", 8000)) {
		t.Error("matches without a b")
	}
}

func TestCompareValues(t *testing.T) {
	ordered := []any{-1e300, int64(-5), -4.5, int64(0), 0.5, int64(1), int64(9007199254740992), int64(9007199254740993), 9007199254740994.0, 1e300, "", "A", "a", "é"}
	for i, a := range ordered {
		for j, b := range ordered {
			want := 0
			switch {
			case i < j:
				want = -1
			case i > j:
				want = 1
			}
			if got := mapping.Compare(a, b); got != want {
				t.Errorf("%v and %v: got %d, want %d", a, b, got, want)
			}
		}
	}
	for prefix, want := range map[string]any{"": nil, "a": "b", "a\xff": "b", "\xff\xff": nil, "é": "\xc3\xaa"} {
		if got := afterPrefix(prefix); got != want {
			t.Errorf("after prefix %q: got %q, want %q", prefix, got, want)
		}
	}
}
