package sqlite

import (
	"errors"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/ranges"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// conjunction is a condition in parts: hits are in each of in and in none of out, which an
// index knows. rest means that a hit must also meet other conditions.
type conjunction struct {
	in, out []driver
	rest    bool
}

// named reports whether among can find hits.
func (a *conjunction) named() bool { return len(a.in) > 0 || len(a.out) > 0 && !a.rest }

// takeApart returns the search's condition in parts. Its driver is d.
func (x *search) takeApart(d driver) (a conjunction, err error) {
	if !x.indexedOrder() {
		return a, nil
	}
	if names(d) {
		return conjunction{in: []driver{d}}, nil
	}
	group, is := x.where.(conditions.Group)
	if !is {
		return a, nil
	}
	a.rest = group.Min > 0
	of := func(all []conditions.Condition) (named []driver, err error) {
		for _, each := range all {
			d, err := x.driver(each)
			switch {
			case err != nil:
				return nil, err
			case names(d):
				named = append(named, d)
			default:
				a.rest = true
			}
		}
		return named, nil
	}
	if a.in, err = of(group.Must); err == nil {
		a.out, err = of(group.MustNot)
	}
	return a, err
}

// names reports whether a driver has exactly the matches.
func names(d driver) bool { return !d.all && d.exact && len(d.parts) <= maxParts }

// indexedOrder reports whether among knows the order.
func (x *search) indexedOrder() bool { return x.ofOneField() || !x.order.ReadsContent() }

// ofOneField reports whether walkWhole knows the order.
func (x *search) ofOneField() bool {
	return len(x.order.Keys) == 1 && !x.order.Keys[0].ByID && len(x.order.Keys[0].Fields) == 1
}

// among finds the page if the hits lie late in the order: it walks along the values and
// skips those of other documents without reading them. It reads candidates only for
// conditions that no index answers, up to a limit, after which done is false. members is
// the number of candidates.
func (x *search) among(window *results.First, a conjunction, limit int) (members int64, done bool, err error) {
	some, err := x.allOf(a)
	if err != nil {
		return 0, false, err
	}
	if some.Count == 0 {
		return 0, true, nil
	}
	read, done := 0, true
	var failed error
	walk := x.walk().All
	if !x.order.ReadsContent() {
		walk = x.walk().IDs
	}
	err = walk(some, func(e results.Entry) bool {
		if x.order.After != nil && e.ID == "" {
			_, failed = x.Row(func(s *sqlite3.Stmt) { e.ID = s.ColumnText(0) }, "SELECT id FROM "+x.of.documents+" WHERE seq=?", e.Seq)
		}
		match := failed == nil && some.Has(e.Seq) && x.order.Continues(&e)
		if match && a.rest {
			if read++; read > limit {
				done = false
				return false
			}
			match, failed = x.holds(e)
		}
		if match && failed == nil {
			window.Entries = append(window.Entries, e)
		}
		return failed == nil && len(window.Entries) < window.Limit
	})
	return some.Count, done, errors.Join(err, failed)
}

// allOf are the documents that a conjunction names.
func (x *search) allOf(a conjunction) (some *results.Bitmap, err error) {
	for _, d := range a.in {
		of, err := x.members(d)
		if err != nil {
			return nil, err
		}
		if some == nil {
			some = of
		} else {
			some.Keep(of)
		}
	}
	if some == nil {
		if some, err = x.members(driver{parts: []ranges.Range{{SQL: "SELECT seq FROM " + x.of.documents}}}); err != nil {
			return nil, err
		}
	}
	for _, d := range a.out {
		of, err := x.members(d)
		if err != nil {
			return nil, err
		}
		some.Drop(of)
	}
	return some, nil
}

// members are the documents that a driver names.
func (x *search) members(d driver) (*results.Bitmap, error) {
	all := &results.Bitmap{}
	for _, part := range d.parts {
		err := x.Rows(func(s *sqlite3.Stmt) (bool, error) {
			all.Set(s.ColumnInt64(0))
			return true, nil
		}, part.SQL, part.Args...)
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}
