package mapping

import (
	"cmp"
	"math"
	"strings"
)

// Compare orders values of fields (int64, float64, string) as both engines do:
// numbers before strings, strings by their bytes.
func Compare(a, b any) int {
	x, xIsText := a.(string)
	y, yIsText := b.(string)
	switch {
	case xIsText && yIsText:
		return strings.Compare(x, y)
	case xIsText:
		return 1
	case yIsText:
		return -1
	}
	return compareNumbers(a, b)
}

func compareNumbers(a, b any) int {
	i, iWhole := a.(int64)
	j, jWhole := b.(int64)
	switch {
	case iWhole && jWhole:
		return cmp.Compare(i, j)
	case iWhole:
		return compareMixed(i, b.(float64))
	case jWhole:
		return -compareMixed(j, a.(float64))
	}
	return cmp.Compare(a.(float64), b.(float64))
}

// compareMixed is exact where converting the integer would round it.
func compareMixed(i int64, f float64) int {
	switch {
	case f >= 1<<63:
		return -1
	case f < -(1 << 63):
		return 1
	}
	whole := math.Floor(f)
	if c := cmp.Compare(i, int64(whole)); c != 0 {
		return c
	}
	return cmp.Compare(0, f-whole)
}
