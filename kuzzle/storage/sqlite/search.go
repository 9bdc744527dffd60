package sqlite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/ranges"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/results"
)

// search is one running search, on one connection and one snapshot.
type search struct {
	chooser
	ctx   context.Context
	what  query.Search
	where conditions.Condition
	order results.Order
	// documents is how many there are, and last the revision, once they are known of the
	// snapshot; passing says that documents are being indexed anew.
	documents, last         int64
	passing, documentsKnown bool
	store                   *Store
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

// countDocuments returns how many documents there are. It asks once for a snapshot.
func (x *search) countDocuments() (documents int64, err error) {
	if x.documentsKnown {
		return x.documents, nil
	}
	x.documentsKnown, err = x.Row(func(s *sqlite3.Stmt) {
		x.documents, x.last, x.passing = s.ColumnInt64(0), s.ColumnInt64(1), s.ColumnBool(2)
	}, "SELECT documents, last, pass_seq IS NOT NULL FROM collections WHERE number=?", x.of.number)
	return x.documents, err
}

// leastSorted is the number of candidates that a search may always read and sort.
var leastSorted = 1000

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
