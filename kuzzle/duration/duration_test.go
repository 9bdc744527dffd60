package duration_test

import (
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/duration"
)

func TestParse(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "0s": 0, "15m": 15 * time.Minute, "1h30m": 90 * time.Minute, "0.3s": 300 * time.Millisecond,
		"1d": 24 * time.Hour, "24h": 24 * time.Hour, "1D": 24 * time.Hour, " 2 days ": 48 * time.Hour,
		"1d12h": 36 * time.Hour, "1d 12h": 36 * time.Hour, "1w2d": 9 * 24 * time.Hour, "1.5 days": 36 * time.Hour,
		"1y": 8766 * time.Hour, "500us": 500 * time.Microsecond, "100y": 0, "36500d": duration.Max,
	} {
		got, err := duration.Parse(text)
		if text == "100y" { // 36,525 days
			if err == nil {
				t.Errorf("%q is longer than Max: got %v", text, got)
			}
			continue
		}
		if err != nil || got != want {
			t.Errorf("%q: got %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, text := range []string{"", " ", "5", "1.5", "-1", "-1h", "1", "h", "d", "1 month", "1mo", "1d2", "1d-2h", "1.2.3d", ".d", "1e3d", "tomorrow", "36501d", "99999999999999999999d", "1d;"} {
		if got, err := duration.Parse(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range []string{"1d12h", "1.5 days", "0", "1h30m"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := duration.Parse(text); err == nil && (d < 0 || d > duration.Max) {
			t.Errorf("%q: got %v", text, d)
		}
	})
}
