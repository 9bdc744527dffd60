package mapping_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// TestDatePatterns: formats in Java's letters, read as they are meant.
func TestDatePatterns(t *testing.T) {
	at := func(parts ...int) int64 {
		parts = append(parts, make([]int, 7-len(parts))...)
		return time.Date(parts[0], time.Month(max(1, parts[1])), max(1, parts[2]), parts[3], parts[4], parts[5], parts[6]*1e6, time.UTC).UnixMilli()
	}
	for _, c := range []struct {
		format, text string
		low, high    int64 // no date where both are 0
	}{
		{"yyyy-MM-dd", "2024-02-29", at(2024, 2, 29), at(2024, 3, 1) - 1},
		{"yyyy-MM-dd", "2023-02-29", 0, 0},
		{"yyyy-MM-dd", "2024-2-9", 0, 0},
		{"yyyy-mm-dd", "2024-02-29", at(2024, 2, 29), at(2024, 3, 1) - 1},
		{"uuuu-MM", "2024-02", at(2024, 2), at(2024, 3) - 1},
		{"yyyy", "2024", at(2024), at(2025) - 1},
		{"basic_date", "20240229", at(2024, 2, 29), at(2024, 3, 1) - 1},
		{"basic_date", "2024029", 0, 0},
		{"strict_year_month_day", "2024-02-29", at(2024, 2, 29), at(2024, 3, 1) - 1},
		{"d/M/yyyy", "9/2/2024", at(2024, 2, 9), at(2024, 2, 10) - 1},
		{"d/M/yyyy", "19/12/2024", at(2024, 12, 19), at(2024, 12, 20) - 1},
		{"d/M/yyyy", "9/2/24", 0, 0},
		{"yyyy-MM-dd HH:mm:ss", "2024-02-29 23:59:60", 0, 0},
		{"yyyy-MM-dd HH:mm:ss", "2024-02-29 24:00:00", 0, 0},
		{"yyyy-MM-dd HH:mm:ss", "2024-02-29 10:11:12x", 0, 0},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSX", "2024-02-29T10:11:12.5Z", 0, 0},
		{"yyyy-MM-dd'T'HH:mm:ss.SSSX", "2024-02-29T10:11:12.500Z", at(2024, 2, 29, 10, 11, 12, 500), at(2024, 2, 29, 10, 11, 12, 500)},
		{"yyyy-MM-dd'T'HH:mm:ss.SX", "2024-02-29T10:11:12.123456789+0200", at(2024, 2, 29, 8, 11, 12, 123), at(2024, 2, 29, 8, 11, 12, 123)},
		{"basic_date_time_no_millis", "20240229T101112-01:30", at(2024, 2, 29, 11, 41, 12), at(2024, 2, 29, 11, 41, 12, 999)},
		{"yyyy-MM-dd'T'HH:mmX", "2024-02-29T10:11", 0, 0},
		{"yyyy''MM", "2024'02", at(2024, 2), at(2024, 3) - 1},
		{"dd.MM.yyyy||yyyy", "2024", at(2024), at(2025) - 1},
		{"yyyyMMddHHmmss", "20240229101112", at(2024, 2, 29, 10, 11, 12), at(2024, 2, 29, 10, 11, 12, 999)},
	} {
		field := compile(t, `{"at":{"type":"date","format":"`+c.format+`"}}`).Field("at")
		span, err := field.Range(nil, c.text, nil, c.text, time.Now())
		switch {
		case c.low == 0 && c.high == 0:
			if !errors.Is(err, storage.ErrBadRequest) {
				t.Errorf("%s by %s: %v, %v, want %v", c.text, c.format, span, err, storage.ErrBadRequest)
			}
		case err != nil || span.Low != any(c.low) || span.High != any(c.high):
			t.Errorf("%s by %s: %v, %v, want %d to %d", c.text, c.format, span, err, c.low, c.high)
		}
	}
	for format, known := range map[string]bool{
		"": true, "yyyy-": true, "'yyyy": false, "yyyy-QQ": false, "MM-dd": false, "yyyyy": false, "yyyy yyyy": false, "yyyy-MM-DD": false, "e": false,
		"[yyyy]": false, "yyyy-MM||": false, strings.Repeat("-", 101) + "yyyy": false, "yyyyé": false,
	} {
		change := storage.Mapping{Properties: map[string]any{"at": map[string]any{"type": "date", "format": format}}}
		_, err := mapping.Merge(storage.Users, mapping.Initial(storage.Users), change)
		if known != (err == nil) || err != nil && !errors.Is(err, storage.ErrInvalidMapping) {
			t.Errorf("%q: %v", format, err)
		}
	}
}
