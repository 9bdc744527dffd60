package local

import (
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

var msPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(-?(?:[0-9]+)?\.?[0-9]+) *([a-z]*)$`)
})

const day = 24 * time.Hour

var msUnits = map[string]time.Duration{
	"": time.Millisecond, "ms": time.Millisecond, "msec": time.Millisecond, "msecs": time.Millisecond,
	"millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "secs": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "mins": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hr": time.Hour, "hrs": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": day, "day": day, "days": day, "w": 7 * day, "week": 7 * day, "weeks": 7 * day,
	"y": 8766 * time.Hour, "yr": 8766 * time.Hour, "yrs": 8766 * time.Hour, "year": 8766 * time.Hour, "years": 8766 * time.Hour,
}

// parseMS reads a time in the notation of npm's ms: "2h", "1.5 days", or a
// number of milliseconds.
func parseMS(value any) (time.Duration, error) {
	text, isText := value.(string)
	if number, ok := value.(float64); ok && !isText {
		text = strconv.FormatFloat(number, 'f', -1, 64)
	}
	parts := msPattern().FindStringSubmatch(strings.ToLower(text))
	if parts == nil {
		return 0, errors.New("not a time")
	}
	number, err := strconv.ParseFloat(parts[1], 64)
	unit, known := msUnits[parts[2]]
	length := number * float64(unit)
	if err != nil || !known || math.Abs(length) >= math.MaxInt64 {
		return 0, errors.New("not a time")
	}
	return time.Duration(length), nil
}
