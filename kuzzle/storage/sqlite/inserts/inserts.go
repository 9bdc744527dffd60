package inserts

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// most is how many rows a statement of [Rows] inserts at most, a power of two. What
// is left is inserted by halves, so that there are few statements.
const most = 64

// Rows returns the statements inserting rows, by their number, made when one is
// needed. A row that is there already is left alone.
func Rows(into, row string) func() map[int]string {
	return sync.OnceValue(func() map[int]string {
		statements := map[int]string{}
		for n := 1; n <= most; n *= 2 {
			statements[n] = "INSERT OR IGNORE INTO " + into + " VALUES " + strings.Repeat(row+",", n-1) + row
		}
		return statements
	})
}

// HandOut hands out those that are not gone, in order and in numbers that [Rows] has
// statements for.
func HandOut[T any](all []T, gone func(T) bool, do func([]T) error) error {
	rows := make([]T, 0, min(len(all), most))
	for i, one := range all {
		if !gone(one) {
			rows = append(rows, one)
		}
		if len(rows) < most && i < len(all)-1 {
			continue
		}
		left := rows
		for size := most; size > 0; size /= 2 {
			if len(left) < size {
				continue
			}
			if err := do(left[:size]); err != nil {
				return err
			}
			// Those just written may have taken others with them.
			left = slices.DeleteFunc(left[size:], gone)
		}
		rows = rows[:0]
	}
	return nil
}

// MostTerms is how many terms of one document a statement of [Terms] inserts at most.
const MostTerms = 8

// Terms returns the statements inserting 1 to MostTerms terms of a document, whose
// number is bound first; they are made when one is needed. A row that is there already
// is left alone, which happens during a pass.
func Terms(into string) func() [MostTerms]string {
	return sync.OnceValue(func() (statements [MostTerms]string) {
		statement := "INSERT OR IGNORE INTO " + into + " (field, value, doc) VALUES "
		for n := range statements {
			statement += fmt.Sprintf("(?%d,?%d,?1)", 2*n+2, 2*n+3)
			statements[n] = statement
			statement += ","
		}
		return statements
	})
}
