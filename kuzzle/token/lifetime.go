package token

import (
	"cmp"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/duration"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

const (
	// MaxLifetime is the longest finite lifetime; more is asked for as -1.
	MaxLifetime = 100 * duration.Year
	// maxLifetimeText is how long an expiresIn text may be, in bytes.
	maxLifetimeText = 100
)

const lifetimeForms = `a number of milliseconds or a text such as "1h", "1.5 days" or "60000", more than 0 and at most 100 years, or -1 for no end`

// ParseLifetime reads an expiresIn as clients send it: a JSON number of
// milliseconds (any Go number type or json.Number), or a text of at most 100
// bytes, "<number>[ ]<unit>", with a unit in any case (ms, s, m, h, d, w, y and
// their long names) and milliseconds without one. -1 and "-1" are infinite.
//
// Every other value, and every value not above 0, is assert.InvalidArgument for
// "expiresIn": a token that is expired when it is made is useless. The result is
// rounded up to the millisecond and at most [MaxLifetime].
func ParseLifetime(v any) (lifetime time.Duration, infinite bool, err error) {
	var ms float64
	ok := true
	switch v := v.(type) {
	case string:
		if v == "-1" {
			return 0, true, nil
		}
		ms, ok = parseMillis(v)
	case json.Number:
		number, err := v.Float64()
		ms, ok = number, err == nil
	case float64:
		ms = v
	case int:
		ms = float64(v)
	case int64:
		ms = float64(v)
	default:
		ok = false
	}
	if ok && ms == -1 {
		if _, text := v.(string); !text {
			return 0, true, nil
		}
	}
	// A NaN fails the first comparison.
	if !ok || !(ms > 0) || ms > float64(MaxLifetime/time.Millisecond) {
		return 0, false, assert.InvalidArgument.New("expiresIn", lifetimeForms)
	}
	return time.Duration(math.Ceil(ms)) * time.Millisecond, false, nil
}

// CheckTTL returns ErrTTLExceeded if a lifetime is longer than max; a negative
// max is no limit.
func CheckTTL(lifetime time.Duration, infinite bool, max time.Duration) error {
	if max >= 0 && (infinite || lifetime > max) {
		return ErrTTLExceeded.New()
	}
	return nil
}

// parseMillis reads "<number>[ ]<unit>" as milliseconds.
func parseMillis(text string) (float64, bool) {
	if text == "" || len(text) > maxLifetimeText {
		return 0, false
	}
	end := strings.IndexFunc(text, func(r rune) bool { return (r < '0' || r > '9') && r != '.' && r != '-' })
	if end < 0 {
		end = len(text)
	}
	number := text[:end]
	name := strings.ToLower(strings.TrimLeft(text[end:], " "))
	unit, known := duration.Unit(cmp.Or(name, "ms"))
	// ParseFloat is more generous: it knows "5." and, in other texts, exponents.
	if !known || strings.HasSuffix(number, ".") || (end < len(text) && strings.HasSuffix(text, " ")) {
		return 0, false
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, false
	}
	return value * (float64(unit) / float64(time.Millisecond)), true
}
