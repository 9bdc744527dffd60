package sqlite

import (
	"errors"
	"math"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/ranges"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/walking"
)

// uncounted finds the page alone. total is how many hits are known of, more whether there
// may be others.
func (x *search) uncounted(window *results.First) (total int64, more bool, err error) {
	total, how, d, err := x.find(window)
	enough := int64(x.what.Enough)
	switch {
	case err != nil || how == allRead:
		return total, false, err
	case how == allNamed:
		return min(total, enough), total > enough, nil
	case how == nothingAsked:
		return 0, true, nil
	}
	return x.known(d, window)
}

// extent is what find tells of the total.
type extent int

const (
	// nothingAsked: the window is empty.
	nothingAsked extent = iota
	// someFound: the total is not known.
	someFound
	// allNamed: an index names all hits; allRead: all of them were read.
	allNamed
	allRead
)

// find finds the page. Few candidates are read and sorted. Where an index names the hits,
// some more of them are met in the order without being read. Many are met in the order
// itself before long, unless they lie at its end: when that turns out they are read after
// all. Both cost about as much where there are as many candidates as the root of the
// window's length times the documents.
func (x *search) find(window *results.First) (total int64, how extent, d driver, err error) {
	if _, err := x.countDocuments(); err != nil || window.Limit == 0 {
		return 0, nothingAsked, d, err
	}
	if d, err = x.driver(x.where); err != nil {
		return 0, someFound, d, err
	}
	d.all = d.all || len(d.parts) > maxParts
	apart, err := x.takeApart(d)
	if err != nil {
		return 0, someFound, d, err
	}
	root := math.Sqrt(float64(window.Limit) * float64(x.documents))
	limit, walked := max(leastSorted, int(root)), 0
	if names(d) && x.indexedOrder() {
		limit, walked = leastSorted, int(walkedRoots*root)
	}
	candidates := math.MaxInt
	if !d.all {
		if candidates, err = x.candidatesUpTo(d, max(limit, walked)+1); err != nil {
			return 0, someFound, d, err
		}
		if candidates <= limit {
			total, err = x.read(d, window.Add)
			return total, allRead, d, err
		}
	}
	limit = 4 * max(limit, int(root))
	done := false
	if from, _ := x.begins(); candidates > walked || from != nil {
		tested := limit
		if apart.named() {
			tested = walking.Effort * window.Limit // among passes a hundred documents while one is read
			if x.numbers.totalKnown && x.numbers.total > 0 {
				tested = max(tested, int(3*float64(window.Limit)*float64(x.documents)/float64(x.numbers.total)))
			}
		}
		if done, err = x.along(window, tested, d.all && !apart.named()); err != nil {
			return 0, someFound, d, err
		}
	}
	if done {
		if len(window.Entries) < window.Limit && x.order.After == nil {
			return int64(len(window.Entries)), allRead, d, nil
		}
		return 0, someFound, d, nil
	}
	if apart.named() {
		window.Entries = nil
		if total, done, err = x.among(window, apart, limit); err != nil {
			return 0, someFound, d, err
		}
	}
	switch {
	case !done:
		window.Entries = nil
		total, err = x.read(d, window.Add)
		return total, allRead, d, err
	case !apart.rest:
		return total, allNamed, d, nil
	}
	return 0, someFound, d, nil
}

// walkedRoots is how many times the root there are candidates at most for among to find
// a page sooner than along.
const walkedRoots = 4

// candidatesUpTo is how many candidates there are, up to a limit.
func (x *search) candidatesUpTo(d driver, limit int) (int, error) {
	if d.exact && x.numbers.totalKnown {
		return int(min(x.numbers.total, int64(limit))), nil
	}
	return x.size(d, limit)
}

// known returns the number of hits if an index has it, else the number in the window.
func (x *search) known(d driver, window *results.First) (total int64, more bool, err error) {
	enough := int64(x.what.Enough)
	if enough == 0 {
		return 0, true, nil
	}
	if !d.all && d.exact {
		total, err = x.distinct(d, enough+1)
		return min(total, enough), total > enough, err
	}
	if group, is := x.where.(conditions.Group); is && len(group.Must)+len(group.Should) == 0 && len(group.MustNot) == 1 {
		without, err := x.driver(group.MustNot[0])
		if err == nil && without.exact && !without.all && len(without.parts) <= maxParts {
			if total, err = x.distinct(without, enough+1); total <= enough {
				return x.documents - total, false, err
			}
		}
		if err != nil {
			return 0, false, err
		}
	}
	return int64(len(window.Entries)), len(window.Entries) == window.Limit || x.order.After != nil, nil
}

// distinct counts the documents of a driver, up to a limit.
func (x *search) distinct(d driver, limit int64) (total int64, err error) {
	if len(d.parts) == 0 {
		return 0, nil
	}
	parts := d.parts
	if len(parts) > 1 { // SQLite reads all of a union
		parts = make([]ranges.Range, len(d.parts))
		for i, part := range d.parts {
			parts[i] = part.First(limit)
		}
	}
	from, args := ranges.Together(parts)
	_, err = x.Row(func(s *sqlite3.Stmt) { total = s.ColumnInt64(0) }, "SELECT count(*) FROM ("+from+" LIMIT ?)", append(append([]any{}, args...), limit)...)
	return total, err
}

// along tests documents in the order until the window is full. Unless toEnd is set it
// gives up after limit, and done is false.
func (x *search) along(window *results.First, limit int, toEnd bool) (done bool, err error) {
	tested := 0
	done = true
	var failed error
	walk := x.walk()
	p := x.prober()
	read := p.sql == "" && !x.order.ReadsContent()
	if read {
		walk.Columns = ", " + p.columns
	}
	err = walk.Pass(window.Limit, func(e results.Entry) bool {
		if tested++; tested > limit && !toEnd {
			done = false
			return false
		}
		var match bool
		if read {
			match = x.matches(walk.Read, 2)
		} else {
			match, failed = x.holds(e)
		}
		if failed == nil {
			failed = x.ctx.Err()
		}
		if match && failed == nil {
			window.Entries = append(window.Entries, e)
		}
		return failed == nil && len(window.Entries) < window.Limit
	})
	return done, errors.Join(err, failed)
}

// holds tells whether a document matches. Where an index tells, the document is not read.
func (x *search) holds(e results.Entry) (match bool, err error) {
	p := x.prober()
	if p.sql != "" {
		p.args[1] = e.Seq
		if p.byID {
			p.args[1] = e.ID
		}
		return x.Row(func(*sqlite3.Stmt) {}, p.sql, p.args...)
	}
	_, err = x.Row(func(s *sqlite3.Stmt) { match = x.matches(s, 0) }, "SELECT "+p.columns+" FROM "+x.of.documents+" WHERE seq=?", e.Seq)
	return match, err
}

// matches tells whether the document whose columns begin at col matches.
func (x *search) matches(s *sqlite3.Stmt, col int) bool {
	found := x.probe.schema.Stored(s.ColumnRawText(col+1), s.ColumnRawText(col+2))
	return (&conditions.Candidate{ID: s.ColumnText(col), Found: found}).Holds(x.where)
}

// probe is how documents are tested one by one.
type probe struct {
	// sql asks the index about one document, whose place in args is the second; byID says
	// that it goes by its id. Else it is read: columns, as far as schema finds in them what
	// the condition is about.
	sql     string
	args    []any
	byID    bool
	columns string
	schema  *mapping.Schema
}

func (x *search) prober() *probe {
	if x.probe == nil {
		x.probe = x.newProbe()
	}
	return x.probe
}

func (x *search) newProbe() *probe {
	p := &probe{columns: "id, content, account", schema: x.index.schema}
	content, account := conditions.Areas(x.where)
	switch {
	case !account:
		p.columns = "id, content, NULL"
	case !content:
		p.columns = "id, '{}', account"
	}
	within, is := x.where.(conditions.Within)
	if !is || len(within.Keys) != 1 {
		return p
	}
	key := within.Keys[0]
	p.schema = x.index.schema.Only(key)
	number, written := x.index.numbers[key]
	if within.Test != nil || !written || len(within.Spans) != 1 || within.Spans[0].Low == nil || within.Spans[0].Low != within.Spans[0].High {
		return p // several values take SQLite as long as reading the document
	}
	p.byID = x.of.source(key) == x.of.lists
	column := map[bool]string{false: "doc", true: "id"}[p.byID]
	p.sql = "SELECT 1 FROM " + x.of.source(key) + " WHERE field=? AND " + column + "=? AND value=?"
	p.args = []any{number, nil, within.Spans[0].Low}
	return p
}
