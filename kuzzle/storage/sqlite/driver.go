package sqlite

import (
	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/ranges"
)

// driver is the source of a search's candidates: index ranges that together
// contain every match.
type driver struct {
	// all means every document, without parts
	all   bool
	parts []ranges.Range
	// exact means that every candidate matches.
	exact bool
}

// enough is how many rows of an index range are counted when choosing between
// ranges: beyond that, ranges count as equally large.
const enough = 1000

// chooser finds the cheapest driver of a condition.
type chooser struct {
	*conn
	of    *table
	index *index
}

func (c *chooser) driver(cond conditions.Condition) (driver, error) {
	switch cond := cond.(type) {
	case conditions.Nothing:
		return driver{exact: true}, nil
	case conditions.Within:
		return c.within(cond), nil
	case conditions.Named:
		return c.named(cond), nil
	case conditions.Phrase:
		return c.phrase(cond)
	case conditions.Contains:
		return c.contains(cond)
	case conditions.Group:
		return c.group(cond)
	case conditions.Element:
		d, err := c.driver(cond.Where)
		d.exact = false
		return d, err
	case conditions.Everything:
		return driver{all: true, exact: true}, nil
	}
	return driver{all: true}, nil
}

func (c *chooser) within(cond conditions.Within) driver {
	d := driver{exact: cond.Test == nil}
	for _, key := range cond.Keys {
		number, written := c.index.numbers[key]
		if !written {
			continue
		}
		d.parts = append(d.parts, ranges.Of("SELECT doc FROM "+c.of.source(key)+" WHERE field=?", "value", []any{number}, cond.Spans)...)
	}
	return d
}

func (c *chooser) named(cond conditions.Named) driver {
	parts := ranges.Of("SELECT seq AS doc FROM "+c.of.documents+" WHERE 1", "id", nil, cond.Spans)
	for i := range parts {
		parts[i].Distinct = true
	}
	return driver{exact: cond.Test == nil, parts: parts}
}

// phrase returns the driver of the rarest of its whole words.
func (c *chooser) phrase(cond conditions.Phrase) (driver, error) {
	var must []conditions.Condition
	for i, word := range cond.Words {
		span := mapping.Span{Low: word, High: word}
		if cond.Prefix && i == len(cond.Words)-1 {
			span = conditions.PrefixSpan(word)
		}
		must = append(must, conditions.Within{Keys: []mapping.Key{cond.Key}, Spans: []mapping.Span{span}})
	}
	d, err := c.cheapest(must)
	d.exact = d.exact && len(must) == 1
	return d, err
}

func (c *chooser) group(g conditions.Group) (driver, error) {
	alone := len(g.MustNot) == 0
	if len(g.Must) == 0 {
		if g.Min == 0 {
			return driver{all: true}, nil
		}
		d, err := c.union(g.Should)
		d.exact = d.exact && alone && g.Min == 1
		return d, err
	}
	d, err := c.cheapest(g.Must)
	d.exact = false
	if err != nil || g.Min == 0 {
		return d, err
	}
	any, err := c.union(g.Should)
	if err != nil {
		return d, err
	}
	d, err = c.cheaper(d, any)
	d.exact = false
	return d, err
}

func (c *chooser) union(all []conditions.Condition) (driver, error) {
	union := driver{exact: true}
	for _, each := range all {
		d, err := c.driver(each)
		if err != nil {
			return d, err
		}
		union.exact = union.exact && d.exact
		union.all = union.all || d.all
		union.parts = append(union.parts, d.parts...)
	}
	if union.all || len(union.parts) > maxParts {
		return driver{all: true}, nil
	}
	return union, nil
}

// maxParts keeps a statement within SQLite's limits; a search with more index
// ranges reads every document instead.
const maxParts = 100

func (c *chooser) cheapest(all []conditions.Condition) (driver, error) {
	best, err := c.driver(all[0])
	for _, each := range all[1:] {
		if err != nil {
			return best, err
		}
		var d driver
		if d, err = c.driver(each); err == nil {
			best, err = c.cheaper(best, d)
		}
	}
	if len(best.parts) > maxParts {
		best = driver{all: true}
	}
	return best, err
}

func (c *chooser) cheaper(a, b driver) (driver, error) {
	switch {
	case a.all:
		return b, nil
	case b.all:
		return a, nil
	}
	x, err := c.size(a, enough)
	if err != nil {
		return a, err
	}
	y, err := c.size(b, x)
	if y < x {
		return b, err
	}
	return a, err
}

// size counts candidates, up to a limit.
func (c *chooser) size(d driver, limit int) (total int, err error) {
	for _, part := range d.parts {
		if total >= limit {
			break
		}
		_, err := c.Row(func(s *sqlite3.Stmt) { total += s.ColumnInt(0) },
			"SELECT count(*) FROM ("+part.SQL+" LIMIT ?)", append(append([]any{}, part.Args...), limit-total)...)
		if err != nil {
			return 0, err
		}
	}
	return total, nil
}
