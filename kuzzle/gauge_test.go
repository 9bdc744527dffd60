package main

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"
)

// TestGauge: on a terminal a line replaces the one before, at most ten times a second, is not
// longer than the terminal, if need be without the bar, and is gone at the end. Elsewhere a
// line is printed every ten seconds.
func TestGauge(t *testing.T) {
	for _, c := range []struct {
		what     string
		total    int64
		terminal bool
		want     string
	}{
		{"terminal", 40, true, "\r\r[=====               ]  10\r" + spaces(26) + "\r36 and further words here to \r" + spaces(29) + "\r"},
		{"no total", 0, true, "\r\r10\r" + spaces(2) + "\r36 and further words here to \r" + spaces(29) + "\r"},
		{"no terminal", 40, false, "users  36 and further words here to be cut\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var out bytes.Buffer
			g := newGauge(console{err: &out}, c.total)
			if c.terminal {
				g.columns, g.told = func() int { return 30 }, time.Time{}
				g.out = &out
			}
			g.show(10, "users", "10")
			g.show(11, "users", "11")
			time.Sleep(lineEvery)
			g.show(36, "users", "36 and further words here to be cut")
			g.end()
			if got := out.String(); got != c.want {
				t.Errorf("%s: got  %q\nwant %q", c.what, got, c.want)
			}
		})
	}
}

func spaces(n int) string { return string(bytes.Repeat([]byte(" "), n)) }
