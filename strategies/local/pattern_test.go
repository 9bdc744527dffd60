package local

import (
	"testing"
	"time"
)

func TestPattern(t *testing.T) {
	for _, row := range []struct {
		pattern, text string
		want          bool
	}{
		{`^.{4,}$`, "abcd", true}, {`^.{4,}$`, "abc", false}, {`b`, "abc", true},
		{`/B/`, "abc", false}, {`/B/i`, "abc", true}, {`/a\/b/`, "a/b", true},
		{`^(?=.*\d)(?=.*[a-z])(?!.*\s).{6,}$`, "abc123", true}, {`^(?=.*\d)(?=.*[a-z])(?!.*\s).{6,}$`, "abc 123", false},
		{`^(?=.*\d)(?=.*[a-z]).{6,}$`, "abcdef", false}, {`^(?=[^)]*[(])x`, "x(", true}, {`^(?=\(+)\(a`, "(a", true},
		{`(?=.*\d).{3}`, "ab1", true}, {`(?=\d).{3}`, "ab123", true}, {`(?=\d).{3}`, "abc12", false}, {`(?!a).$`, "éa", false},
		{`/^\u00e9$/`, "é", true}, {`/^\u{1F600}$/u`, "😀", true}, {`^\\u0041$`, `\u0041`, true},
	} {
		p, err := parsePattern(row.pattern)
		if err != nil {
			t.Errorf("%s: %v", row.pattern, err)
			continue
		}
		if got := p.match(row.text); got != row.want {
			t.Errorf("%s on %q: %v, want %v", row.pattern, row.text, got, row.want)
		}
	}
}

func FuzzPattern(f *testing.F) {
	for _, seed := range []string{`^(?=.*\d)(?!x).{6,}$`, `/a/i`, `\u00e9`, `(?=`, `/(?=[)])/s`, `\`} {
		f.Add(seed, "abc 123 é")
	}
	f.Fuzz(func(_ *testing.T, pattern, text string) {
		if p, err := parsePattern(pattern); err == nil {
			p.match(text[:min(len(text), 256)])
		}
	})
}

func FuzzDuration(f *testing.F) {
	for _, seed := range []string{"1h", "-1", "1.5 days", ".5y", "1e9", "99999999999y"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := parseMS(text)
		if err != nil && got != 0 {
			t.Errorf("%q: both %v and %v", text, got, err)
		}
		if again, err := parseMS(float64(got / time.Millisecond)); err != nil && got.Abs() < 1<<52 {
			t.Errorf("%q is %v, which is refused as a number (%v): %v", text, got, again, err)
		}
	})
}
