package values

import (
	"slices"
	"testing"
	"time"
)

func TestTime(t *testing.T) {
	at := time.Date(2024, 3, 5, 4, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"2024-03-05T04:00:00Z": at, "2024-03-05T05:00:00+01:00": at, "2024-03-05 04:00:00": at, "2024-03-05 05:00:00+01": at,
		"2024-03-05 04:00:00 UTC": at, "20240305040000Z": at, "1709611200": at, "1709611200000": at, "1709611200.5": at.Add(time.Second / 2),
		"2024-03-05": at.Add(-4 * time.Hour), "Tue Mar 05 04:00:00 UTC 2024": at, "0": time.UnixMilli(0).UTC(),
		"45356": at.Add(-4 * time.Hour), "45356.1666666667": at,
	} {
		if got, ok := Time(text); !ok || !got.Equal(want) {
			t.Errorf("%s: %s, %t, want %s", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "-1", "NaN", "Inf", "1e300", "yesterday", "2024-13-01", "0000-00-00"} {
		if got, ok := Time(text); ok {
			t.Errorf("%q is taken for %s", text, got)
		}
	}
}

func TestList(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, "a": {"a"}, "a, b;c|d": {"a", "b", "c", "d"}, `["a,b","c"]`: {"a,b", "c"}, "[10,9007199254740993]": {"10", "9007199254740993"}, "[a,b]": {"[a", "b]"}, " , ": nil,
	} {
		if got := List(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
