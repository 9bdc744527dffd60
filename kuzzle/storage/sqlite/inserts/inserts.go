package inserts

import (
	"fmt"
	"slices"
	"strings"
	"sync"
)

// most is the maximum number of rows in a statement of [Rows], a power of two. The
// rest is inserted by halves, so that there are few statements.
const most = 64

// Rows returns the statements that insert rows, by number of rows; each is built when
// first needed. They ignore existing rows.
func Rows(into, row string) func() map[int]string {
	return sync.OnceValue(func() map[int]string {
		statements := map[int]string{}
		for n := 1; n <= most; n *= 2 {
			statements[n] = "INSERT OR IGNORE INTO " + into + " VALUES " + strings.Repeat(row+",", n-1) + row
		}
		return statements
	})
}

// HandOut passes the elements that are not gone to do, in order and in numbers for
// which [Rows] has statements.
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
			// The last rows may have made others obsolete.
			left = slices.DeleteFunc(left[size:], gone)
		}
		rows = rows[:0]
	}
	return nil
}

// MostTerms is the maximum number of terms of one document in a statement of [Terms].
const MostTerms = 8

// Terms returns the statements that insert 1 to MostTerms terms of a document, whose
// number is bound first; they are built when first needed. They ignore existing rows,
// which occur during a pass.
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
