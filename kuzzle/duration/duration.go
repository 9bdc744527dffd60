package duration

import (
	"errors"
	"strconv"
	"strings"
	"time"
)

// Day is 24 hours, regardless of the calendar. A year is 365.25 of them.
const (
	Day  = 24 * time.Hour
	Week = 7 * Day
	Year = 365*Day + 6*time.Hour
)

// Max is the longest duration that [Parse] returns. Its sum with a time stays within
// [time.Time].
const Max = 36500 * Day

var errDuration = errors.New("not a length of time such as 30s, 1h30m or 7d")

// Unit returns the length of a unit by its name in lower case: ms, s, m, h, d, w, y, or
// one of their longer names. It knows no month, which has no fixed length.
func Unit(name string) (time.Duration, bool) {
	switch name {
	case "ms", "msec", "msecs", "millisecond", "milliseconds":
		return time.Millisecond, true
	case "s", "sec", "secs", "second", "seconds":
		return time.Second, true
	case "m", "min", "mins", "minute", "minutes":
		return time.Minute, true
	case "h", "hr", "hrs", "hour", "hours":
		return time.Hour, true
	case "d", "day", "days":
		return Day, true
	case "w", "week", "weeks":
		return Week, true
	case "y", "yr", "yrs", "year", "years":
		return Year, true
	}
	return 0, false
}

// Parse reads numbers with units, in any case, from 0 to [Max]: "1h30m", "1d12h",
// "1.5 days". A number without a unit is an error, except for 0.
func Parse(text string) (time.Duration, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	// First, since it counts fractions exactly.
	if d, err := time.ParseDuration(text); err == nil && d >= 0 && d <= Max {
		return d, nil
	}
	sum := 0.0
	for rest := text; ; {
		number := rest[:len(rest)-len(strings.TrimLeft(rest, "0123456789."))]
		rest = strings.TrimLeft(rest[len(number):], " ")
		name := rest
		if end := strings.IndexAny(rest, " 0123456789."); end >= 0 {
			name = rest[:end]
		}
		value, err := strconv.ParseFloat(number, 64)
		unit, known := Unit(name)
		if sum += value * float64(unit); err != nil || !known || sum > float64(Max) {
			return 0, errDuration
		}
		if rest = strings.TrimLeft(rest[len(name):], " "); rest == "" {
			return time.Duration(sum), nil
		}
	}
}
