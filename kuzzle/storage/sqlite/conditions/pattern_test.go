package conditions

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// FuzzPattern compares wildcards with regular expressions, in any case too. Both
// stores fold by query.Cases.
func FuzzPattern(f *testing.F) {
	for _, seed := range [][2]string{{"a*b?c", "aXXbYc"}, {`\*\?\\`, `*?\`}, {"*", ""}, {"", ""}, {"***a***", "bab"}, {"é?", "éü"}, {`a\`, `a\`}} {
		f.Add(seed[0], seed[1], false)
	}
	for _, seed := range [][2]string{{"i*", "İstanbul"}, {"I", "ı"}, {"ß", "SS"}, {"ß", "ẞ"}, {"k", "\u212a"}, {"ſ?", "St"}, {"σ", "ς"}, {"ǆ", "ǅ"}, {"å", "\u212b"}} {
		f.Add(seed[0], seed[1], true)
	}
	f.Fuzz(func(t *testing.T, spelled, text string, fold bool) {
		if !utf8.ValidString(spelled) || !utf8.ValidString(text) || len(spelled)+len(text) > 100 {
			return
		}
		p := pattern{parts: query.Wildcard{Pattern: spelled}.Parts(), fold: fold}
		var expression strings.Builder
		for _, part := range p.parts {
			switch {
			case part.Any:
				expression.WriteString(".*")
			case part.One:
				expression.WriteString(".")
			default:
				expression.WriteString(regexp.QuoteMeta(string(part.Char)))
			}
		}
		flags := "(?s)"
		if fold {
			flags = "(?is)"
		}
		want := regexp.MustCompile(flags + "^" + expression.String() + "$").MatchString(text)
		if got := p.match(text); got != want {
			t.Errorf("%q on %q (any case: %t): got %t, want %t", spelled, text, fold, got, want)
		}
		if want && !strings.HasPrefix(text, p.prefix()) {
			t.Errorf("%q on %q: prefix %q", spelled, text, p.prefix())
		}
	})
}

// TestPatternIsQuick: a pattern made to be slow is not.
func TestPatternIsQuick(t *testing.T) {
	p := pattern{parts: query.Wildcard{Pattern: strings.Repeat("*a", 200) + "*b"}.Parts()}
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
