package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/ranges"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/walking"
)

// search is one running search, on one connection and one snapshot.
type search struct {
	chooser
	ctx   context.Context
	what  query.Search
	where conditions.Condition
	order results.Order
	// documents is how many there are, and last the revision, once they were counted;
	// passing says that documents are being indexed anew.
	documents, last int64
	passing         bool
	store           *Store
	// generation is that of the index.
	generation int64
	numbers    numbers
	probe      *probe
	// tally collects the aggregations while matches pass.
	tally *results.Tally
}

// Search implements storage.Store.
func (s *Store) Search(ctx context.Context, in storage.Collection, what query.Search) (storage.Page, error) {
	if err := storage.CheckPage(what); err != nil {
		return storage.Page{}, err
	}
	var page storage.Page
	err := s.searching(ctx, in, what, func(x *search) (err error) {
		page, err = x.page()
		return err
	})
	return page, err
}

// searching lends a connection with a snapshot of the database to do, for the maximum
// time of a search.
func (s *Store) searching(ctx context.Context, in storage.Collection, what query.Search, do func(*search) error) error {
	t := tables[in]
	if t == nil || t.terms == "" {
		return fmt.Errorf("sqlite: collection %q is not searched", in)
	}
	limited, cancel := context.WithTimeoutCause(ctx, s.options.SearchTimeout, errSearchTimeout)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	err := s.scans.with(limited, func(c *conn) error {
		x := &search{store: s, generation: s.kept[t.number].Generation(), ctx: limited, what: what}
		x.chooser = chooser{conn: c, of: t, index: s.indexes[t.number].Load()}
		if err := x.compile(); err != nil {
			return err
		}
		return x.snapshot(do)
	})
	switch {
	case err == nil || isFault(err) && limited.Err() == nil:
		return err
	case errors.Is(context.Cause(limited), errSearchTimeout):
		return storage.ErrTimeout.New()
	case ctx.Err() != nil:
		return ctx.Err()
	case s.stopping.Err() != nil:
		return storage.ErrUnavailable.New()
	}
	return err
}

var errSearchTimeout = errors.New("sqlite: the search took too long")

func (x *search) compile() (err error) {
	c := &conditions.Compiler{Schema: x.index.schema, Numbers: x.index.numbers, Now: time.Now()}
	if x.where, err = query.Translate(x.what.Where, c); err != nil {
		return err
	}
	if x.order, err = results.NewOrder(x.of.of, x.index.schema, x.what); err != nil {
		return err
	}
	x.tally, err = results.NewTally(c, x.what.Aggregations)
	return err
}

func (x *search) snapshot(do func(*search) error) (err error) {
	x.SetInterrupt(x.ctx)
	if err := x.Run("BEGIN"); err != nil {
		x.SetInterrupt(context.Background())
		return err
	}
	defer func() {
		x.SetInterrupt(context.Background())
		if end := x.Run("ROLLBACK"); err == nil {
			err = end
		}
	}()
	if err := x.settle(); err != nil {
		return err
	}
	return do(x)
}

func (x *search) page() (storage.Page, error) {
	window := &results.First{Order: &x.order, Limit: x.what.From + x.what.Size}
	var total int64
	var err error
	more := false
	switch {
	case conditions.IsEverything(x.where):
		total, err = x.unfiltered(window)
	case x.what.Uncounted && !x.tally.Reads():
		total, more, err = x.uncounted(window)
	case x.tally.Reads():
		total, err = x.filtered(window.Add)
	default:
		total, err = x.counted(window)
	}
	if err != nil {
		return storage.Page{}, err
	}
	if x.what.Uncounted && x.what.Enough == 0 {
		total, more = storage.Uncounted, false
	}
	entries := window.Sort()
	entries = entries[min(x.what.From, len(entries)):]
	page := storage.Page{Total: total, More: more, Aggregations: x.tally.Result(), Hits: make([]storage.Hit, 0, len(entries))}
	if x.what.Bare {
		x.order.AddBare(&page, entries)
		return page, nil
	}
	_, err = x.fill(&page, entries)
	return page, err
}

// unfiltered answers from sorted indexes: the cost does not depend on the size of the
// collection.
func (x *search) unfiltered(window *results.First) (int64, error) {
	err := x.tallyAll()
	if err == nil && !(x.what.Uncounted && x.what.Enough == 0) {
		_, err = x.countDocuments()
	}
	if err != nil || window.Limit == 0 {
		return x.documents, err
	}
	left := window.Limit
	window.Entries = make([]results.Entry, 0, min(left, leastSorted))
	return x.documents, x.walk().Pass(left, func(e results.Entry) bool {
		window.Entries = append(window.Entries, e)
		left--
		return left > 0
	})
}

// countDocuments tells how many documents there are.
func (x *search) countDocuments() (int64, error) {
	_, err := x.Row(func(s *sqlite3.Stmt) {
		x.documents, x.last, x.passing = s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnBool(2)
	}, "SELECT documents, last, pass_seq IS NOT NULL FROM collections WHERE number=?", x.of.number)
	return x.documents, err
}

// leastSorted is the number of candidates that a search may always read and sort.
var leastSorted = 1000

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
	err = x.walk().Pass(window.Limit, func(e results.Entry) bool {
		if tested++; tested > limit && !toEnd {
			done = false
			return false
		}
		var match bool
		match, failed = x.holds(e)
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
	if x.probe == nil {
		x.probe = x.newProbe()
	}
	if x.probe.sql != "" {
		x.probe.args[1] = e.Seq
		if x.probe.byID {
			x.probe.args[1] = e.ID
		}
		return x.Row(func(*sqlite3.Stmt) {}, x.probe.sql, x.probe.args...)
	}
	_, err = x.Row(func(s *sqlite3.Stmt) {
		found := x.probe.schema.Stored(s.ColumnRawText(1), s.ColumnRawText(2))
		match = (&conditions.Candidate{ID: s.ColumnText(0), Found: found}).Holds(x.where)
	}, "SELECT "+x.probe.columns+" FROM "+x.of.documents+" WHERE seq=?", e.Seq)
	return match, err
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
	if content {
		p.schema = x.index.schema.Only(key)
	}
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

// filtered passes every match that lies behind the place to continue after to
// add, in no order, and counts all matches.
func (x *search) filtered(add func(results.Entry)) (total int64, err error) {
	d, err := x.driver(x.where)
	if err != nil {
		return 0, err
	}
	return x.read(d, add)
}

// read is like filtered for known candidates.
func (x *search) read(d driver, add func(results.Entry)) (total int64, err error) {
	if len(d.parts) > maxParts {
		d = driver{all: true}
	}
	if !d.all && len(d.parts) == 0 {
		return 0, nil
	}
	reads := !d.exact || x.order.ReadsContent() || x.tally.Reads()
	sql, args := x.candidates(d, reads)
	err = x.Rows(func(s *sqlite3.Stmt) (bool, error) {
		match, e, err := x.candidate(s, d.exact, reads)
		if err != nil || !match {
			return err == nil, err
		}
		total++
		if x.order.Continues(&e) {
			add(e)
		}
		return true, nil
	}, sql, args...)
	return total, err
}

func (x *search) candidates(d driver, reads bool) (string, []any) {
	columns := "d.seq, d.id"
	if reads {
		columns += ", d.content, d.account"
	}
	if d.all {
		return "SELECT " + columns + " FROM " + x.of.documents + " AS d", nil
	}
	from, args := ranges.Together(d.parts)
	return "SELECT " + columns + " FROM (" + from + ") AS c CROSS JOIN " + x.of.documents + " AS d ON d.seq=c.doc", args
}

func (x *search) candidate(s *sqlite3.Stmt, exact, reads bool) (bool, results.Entry, error) {
	e := results.Entry{Seq: s.ColumnInt64(0), ID: s.ColumnText(1)}
	found := &mapping.Document{}
	if reads {
		if err := x.ctx.Err(); err != nil {
			return false, e, err
		}
		if exact && !x.tally.Reads() {
			e.Values = x.order.Read(e.ID, s.ColumnRawText(2), s.ColumnRawText(3))
			return true, e, nil
		}
		found = x.extract(s, 2)
		if !exact && !(&conditions.Candidate{ID: e.ID, Found: found}).Holds(x.where) {
			return false, e, nil
		}
		if x.tally.Add(found); x.tally.Failed != nil {
			return false, e, x.tally.Failed
		}
	}
	e.Values = x.order.Values(e.ID, found)
	return true, e, nil
}

// extract reads the content and account in two columns of a row.
func (x *search) extract(s *sqlite3.Stmt, col int) *mapping.Document {
	return x.index.schema.Stored(s.ColumnRawText(col), s.ColumnRawText(col+1))
}

// fill adds the documents of entries to a page and returns how many entries it used;
// the page has no room for the others. It leaves out deleted documents.
func (x *search) fill(page *storage.Page, entries []results.Entry) (used int, err error) {
	for i := range entries {
		fits := true
		_, err := x.Row(func(s *sqlite3.Stmt) {
			fits = page.Add(storage.Hit{
				ID: s.ColumnText(0), Version: s.ColumnInt64(1),
				Content: columnBytes(s, 2), Account: columnBytes(s, 3), Sort: x.order.SortValues(&entries[i], s.ColumnText(0)),
			})
		}, "SELECT id, version, content, account FROM "+x.of.documents+" WHERE seq=?", entries[i].Seq)
		if err != nil || !fits {
			return i, err
		}
	}
	return len(entries), nil
}

// tallyAll counts over all documents, from the index.
func (x *search) tallyAll() error {
	for _, c := range x.tally.Counts {
		for _, key := range c.Keys {
			number, written := x.index.numbers[key]
			if !written {
				continue
			}
			err := x.Rows(func(s *sqlite3.Stmt) (bool, error) {
				x.tally.Count(c, key.Kind, results.Value(s, 0), s.ColumnInt64(1))
				return x.tally.Failed == nil, x.tally.Failed
			}, "SELECT value, count(*) FROM "+x.of.source(key)+" WHERE field=? GROUP BY value", number)
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Refresh implements storage.Store. Searches see every acknowledged change, so it
// does not wait.
func (s *Store) Refresh(ctx context.Context, _ storage.Collection) error { return ctx.Err() }
