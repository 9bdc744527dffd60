package sqlite

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/totals"
)

// SetReached has f called before each step of an upgrade.
func SetReached(f func(step string)) (undo func()) {
	had := reached
	reached = f
	return func() { reached = had }
}

// ForgetHealth has the next Health make a self-test of its own.
func ForgetHealth(s *Store) { s.health.at = time.Time{} }

// MakeTables rebuilds the values for each collection.
func MakeTables() { tables = makeTables() }

// CountFields has every field of a collection counted, as large ones are when they are asked
// for.
func CountFields(s *Store, of storage.Collection) error {
	errs := []error{s.count(tables[of], totals.IDs)}
	for _, number := range s.indexes[tables[of].number].Load().numbers {
		errs = append(errs, s.count(tables[of], number))
	}
	return errors.Join(errs...)
}

// CountSmall has the totals of small collections kept too, and few candidates taken for many.
func CountSmall() (undo func()) {
	counted, rows, sorted := leastCounted, leastRows, leastSorted
	leastCounted, leastRows, leastSorted = 0, 4, 2
	return func() { leastCounted, leastRows, leastSorted = counted, rows, sorted }
}

// Kept reports whether the total of a search is kept.
func Kept(ctx context.Context, s *Store, in storage.Collection, what query.Search) (is bool, err error) {
	err = s.searching(ctx, in, what, func(x *search) (err error) {
		_, is, err = x.keptTotal()
		return err
	})
	return is, err
}
