package search

import (
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// units are the units of time in Elasticsearch's notation.
var units = []struct {
	suffix string
	unit   time.Duration
}{
	{"nanos", time.Nanosecond}, {"micros", time.Microsecond}, {"ms", time.Millisecond},
	{"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour},
}

// Keep reads how long a scroll stays open: a whole number and a unit, such as 30s or 1m. An empty
// text is fallback.
func (l Limits) Keep(text string, fallback time.Duration) (time.Duration, error) {
	if text == "" {
		return fallback, nil
	}
	keep, ok, long := parse(text)
	switch {
	case !ok:
		return 0, assert.InvalidArgument.New("scroll", `a duration such as "30s" or "1m"`)
	case long || keep > l.MaxScroll:
		return 0, ErrScrollTooLong.New(text)
	}
	return keep, nil
}

// parse sets long for numbers above every limit.
func parse(text string) (d time.Duration, ok, long bool) {
	for _, u := range units {
		digits, found := strings.CutSuffix(text, u.suffix)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(digits, 10, 63)
		if err != nil {
			continue
		}
		if n > uint64(1<<62)/uint64(u.unit) {
			return 0, true, true
		}
		d = time.Duration(n) * u.unit
		return d, d > 0, false
	}
	return 0, false, false
}
