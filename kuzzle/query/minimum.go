package query

import (
	"math"
	"strconv"
	"strings"
)

// minimum is a minimum_should_match: a number of conditions, or a percentage of
// them; a negative one is the number that may fail.
type minimum struct {
	n       int
	percent bool
}

// of returns the number of conditions of total that must hold, at least 0. If
// it exceeds total, nothing matches.
func (m minimum) of(total int) int {
	n := m.n
	if m.percent {
		n = total * n / 100 // rounded towards zero, as in Elasticsearch
	}
	if m.n < 0 {
		n += total
	}
	return max(0, n)
}

// parseMinimum reads 2, "2", "-1", "75%" or "-25%".
func parseMinimum(v any) (minimum, bool) {
	switch v := v.(type) {
	case float64:
		return minimum{n: int(v)}, v == math.Trunc(v) && math.Abs(v) <= maxMinimum
	case string:
		digits, percent := strings.CutSuffix(v, "%")
		n, err := strconv.Atoi(digits)
		return minimum{n, percent}, err == nil && n <= maxMinimum && n >= -maxMinimum
	}
	return minimum{}, false
}

// maxMinimum is far above the number of clauses and small enough to multiply.
const maxMinimum = 1_000_000
