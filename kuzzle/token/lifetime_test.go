package token_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

const day = 24 * time.Hour

func TestParseLifetime(t *testing.T) {
	const year = 365*day + 6*time.Hour
	tests := []struct {
		in   any
		want time.Duration
	}{
		{60000, time.Minute}, {int64(1), time.Millisecond}, {1500.0, 1500 * time.Millisecond},
		{json.Number("60000"), time.Minute}, {json.Number("1e3"), time.Second}, {0.2, time.Millisecond},
		{"60000", time.Minute}, {"100", 100 * time.Millisecond}, {"0.5", time.Millisecond},
		{"1h", time.Hour}, {"1.5h", 90 * time.Minute}, {".5h", 30 * time.Minute}, {"0.5 m", 30 * time.Second},
		{"2 days", 2 * day}, {"2   DAYS", 2 * day}, {"1M", time.Minute}, {"1Y", year},
		{"5ms", 5 * time.Millisecond}, {"5 msec", 5 * time.Millisecond}, {"5msecs", 5 * time.Millisecond},
		{"5 millisecond", 5 * time.Millisecond}, {"5 milliseconds", 5 * time.Millisecond},
		{"5s", 5 * time.Second}, {"5 sec", 5 * time.Second}, {"5 secs", 5 * time.Second}, {"5 second", 5 * time.Second}, {"5 seconds", 5 * time.Second},
		{"5 min", 5 * time.Minute}, {"5 mins", 5 * time.Minute}, {"1 minute", time.Minute}, {"5 minutes", 5 * time.Minute},
		{"5 hr", 5 * time.Hour}, {"5 hrs", 5 * time.Hour}, {"1 hour", time.Hour}, {"5 hours", 5 * time.Hour},
		{"1d", day}, {"1 day", day}, {"3w", 21 * day}, {"1 week", 7 * day}, {"2 weeks", 14 * day},
		{"1 yr", year}, {"2 yrs", 2 * year}, {"1 year", year}, {"100 years", 100 * year},
		{strings.Repeat("0", 99) + "7", 7 * time.Millisecond},
	}
	for _, test := range tests {
		got, infinite, err := token.ParseLifetime(test.in)
		if err != nil || infinite || got != test.want {
			t.Errorf("%#v: got %s, %v, %v, want %s", test.in, got, infinite, err, test.want)
		}
	}
}

func TestParseLifetimeWithoutEnd(t *testing.T) {
	for _, in := range []any{-1, int64(-1), -1.0, "-1", json.Number("-1")} {
		if got, infinite, err := token.ParseLifetime(in); got != 0 || !infinite || err != nil {
			t.Errorf("%#v: got %s, %v, %v, want infinite", in, got, infinite, err)
		}
	}
}

func TestParseLifetimeRefuses(t *testing.T) {
	for _, in := range []any{
		nil, true, []any{}, map[string]any{}, []byte("1h"),
		0, 0.0, -2, -0.5, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, math.MaxInt64, json.Number("1e400"), json.Number("x"),
		"", " ", "0", "0s", "-0", "-5s", "-1ms", "-1.0", "1h30m", "1 h 30 m", "h", "-", ".", "1.", "1..5h", "1.5.2h",
		" 1h", "1h ", "1 ", "1\th", "1e3", "0x10", "1_000", "+5s", "Infinity", "NaN", "1 month", "1mo", "1ſ", "１h",
		"101y", "1000000000000000000000y", strings.Repeat("9", 100), strings.Repeat("0", 100) + "7",
	} {
		got, infinite, err := token.ParseLifetime(in)
		if !errors.Is(err, assert.InvalidArgument) || got != 0 || infinite {
			t.Errorf("%#v: got %s, %v, %v, want api.assert.invalid_argument", in, got, infinite, err)
		}
	}
}

func TestCheckTTL(t *testing.T) {
	tests := []struct {
		lifetime time.Duration
		infinite bool
		max      time.Duration
		ok       bool
	}{
		{time.Hour, false, -1, true}, {0, true, -1, true},
		{time.Hour, false, time.Hour, true}, {time.Hour + 1, false, time.Hour, false},
		{0, true, time.Hour, false}, {1, false, 0, false},
	}
	for _, test := range tests {
		err := token.CheckTTL(test.lifetime, test.infinite, test.max)
		if (err == nil) != test.ok || (err != nil && !errors.Is(err, token.ErrTTLExceeded)) {
			t.Errorf("%+v: got %v", test, err)
		}
	}
}

func FuzzParseLifetime(f *testing.F) {
	for _, text := range []string{"1h", "-1", "1.5 days", "60000", "0", "1e9", "9999999999y", ".5ms", "1h30m", "-.5h"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		lifetime, infinite, err := token.ParseLifetime(text)
		switch {
		case err != nil:
			if lifetime != 0 || infinite {
				t.Errorf("%q: an error beside a value", text)
			}
		case infinite:
			if text != "-1" || lifetime != 0 {
				t.Errorf("%q is infinite", text)
			}
		case lifetime < time.Millisecond || lifetime > token.MaxLifetime || lifetime%time.Millisecond != 0:
			t.Errorf("%q: got %s", text, lifetime)
		}
	})
}
