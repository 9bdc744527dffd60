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
)

// search is one search under way, on one connection and one snapshot.
type search struct {
	chooser
	ctx   context.Context
	what  query.Search
	where conditions.Condition
	order order
	// documents is how many there are, for searches without a condition.
	documents int64
	// tally collects the aggregations while matches pass.
	tally *tally
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

// searching lends a connection with a snapshot of the database to do, for the
// time a search may take.
func (s *Store) searching(ctx context.Context, in storage.Collection, what query.Search, do func(*search) error) error {
	t := tables[in]
	if t == nil || t.terms == "" {
		return fmt.Errorf("sqlite: collection %q is not searched", in)
	}
	limited, cancel := context.WithTimeoutCause(ctx, s.options.SearchTimeout, errSearchTimeout)
	defer cancel()
	defer context.AfterFunc(s.stopping, cancel)()
	err := s.scans.with(limited, func(c *conn) error {
		x := &search{chooser: chooser{conn: c, of: t, index: s.indexes[t.number].Load()}, ctx: limited, what: what}
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
	if x.order, err = newOrder(x.index.schema, x.what); err != nil {
		return err
	}
	x.tally, err = newTally(c, x.what.Aggregations)
	return err
}

func (x *search) snapshot(do func(*search) error) (err error) {
	x.SetInterrupt(x.ctx)
	if err := x.exec("BEGIN"); err != nil {
		x.SetInterrupt(context.Background())
		return err
	}
	defer func() {
		x.SetInterrupt(context.Background())
		if end := x.exec("ROLLBACK"); err == nil {
			err = end
		}
	}()
	return do(x)
}

func (x *search) page() (storage.Page, error) {
	window := &first{order: &x.order, limit: x.what.From + x.what.Size}
	var total int64
	var err error
	if conditions.IsEverything(x.where) {
		total, err = x.unfiltered(window)
	} else {
		total, err = x.filtered(window.add)
	}
	if err != nil {
		return storage.Page{}, err
	}
	entries := window.sort()
	entries = entries[min(x.what.From, len(entries)):]
	page := storage.Page{Total: total, Aggregations: x.tally.result(), Hits: make([]storage.Hit, 0, len(entries))}
	_, err = x.fill(&page, entries)
	return page, err
}

// unfiltered answers from what is kept in order: nothing here costs more in a
// larger collection.
func (x *search) unfiltered(window *first) (int64, error) {
	_, err := x.row(func(s *sqlite3.Stmt) { x.documents = s.ColumnInt64(0) }, "SELECT documents FROM collections WHERE number=?", x.of.number)
	if err == nil {
		err = x.tallyAll()
	}
	if err != nil || window.limit == 0 {
		return x.documents, err
	}
	left := window.limit
	return x.documents, x.walk(left, func(e entry) bool {
		window.entries = append(window.entries, e)
		left--
		return left > 0
	})
}

// filtered passes every match that lies behind the place to continue after to
// add, in no order, and counts all matches.
func (x *search) filtered(add func(entry)) (total int64, err error) {
	d, err := x.driver(x.where)
	if len(d.parts) > maxParts {
		d = driver{all: true}
	}
	if err != nil || !d.all && len(d.parts) == 0 {
		return 0, err
	}
	reads := !d.exact || x.order.readsContent() || x.tally.reads()
	sql, args := x.candidates(d, reads)
	err = x.rows(func(s *sqlite3.Stmt) (bool, error) {
		match, e, err := x.candidate(s, d.exact, reads)
		if err != nil || !match {
			return err == nil, err
		}
		total++
		if x.order.continues(&e) {
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
	from, args := d.from()
	return "SELECT " + columns + " FROM (" + from + ") AS c CROSS JOIN " + x.of.documents + " AS d ON d.seq=c.doc", args
}

func (x *search) candidate(s *sqlite3.Stmt, exact, reads bool) (bool, entry, error) {
	e := entry{seq: s.ColumnInt64(0), id: s.ColumnText(1)}
	found := &mapping.Document{}
	if reads {
		if err := x.ctx.Err(); err != nil {
			return false, e, err
		}
		found = x.extract(s, 2)
		if !exact && !(&conditions.Candidate{ID: e.id, Found: found}).Holds(x.where) {
			return false, e, nil
		}
		if x.tally.add(found); x.tally.failed != nil {
			return false, e, x.tally.failed
		}
	}
	e.values = x.order.values(e.id, found)
	return true, e, nil
}

// extract reads the content and account in two columns of a row.
func (x *search) extract(s *sqlite3.Stmt, col int) *mapping.Document {
	return x.index.schema.Stored(s.ColumnRawText(col), s.ColumnRawText(col+1))
}

// fill adds the documents of entries to a page and answers how many entries it
// used; the page has no room for the others. A document that is gone is left out.
func (x *search) fill(page *storage.Page, entries []entry) (used int, err error) {
	for i := range entries {
		fits := true
		_, err := x.row(func(s *sqlite3.Stmt) {
			fits = page.Add(storage.Hit{
				ID: s.ColumnText(0), Version: s.ColumnInt64(1),
				Content: columnBytes(s, 2), Account: columnBytes(s, 3), Sort: x.order.sortValues(&entries[i], s.ColumnText(0)),
			})
		}, "SELECT id, version, content, account FROM "+x.of.documents+" WHERE seq=?", entries[i].seq)
		if err != nil || !fits {
			return i, err
		}
	}
	return len(entries), nil
}

// sortValues are what search_after takes to continue behind the entry. Where a
// sort key after the id was left out, any value serves.
func (o *order) sortValues(e *entry, id string) []any {
	return append(append(make([]any, 0, len(e.values)+1), e.values...), id)
}

// Refresh implements storage.Store. Searches see every acknowledged change, so
// there is nothing to wait for.
func (s *Store) Refresh(ctx context.Context, _ storage.Collection) error { return ctx.Err() }
