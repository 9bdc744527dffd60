package local

import (
	"cmp"
	"errors"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/duration"
)

var msPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(-?(?:[0-9]+)?\.?[0-9]+) *([a-z]*)$`)
})

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
	unit, known := duration.Unit(cmp.Or(parts[2], "ms"))
	length := number * float64(unit)
	if err != nil || !known || math.Abs(length) >= math.MaxInt64 {
		return 0, errors.New("not a time")
	}
	return time.Duration(length), nil
}
