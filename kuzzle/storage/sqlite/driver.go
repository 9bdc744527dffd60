package sqlite

import (
	"math/bits"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
)

// driver is where a search gets its candidates from: index ranges that together
// hold every match.
type driver struct {
	// all means every document; then there are no parts.
	all   bool
	parts []reading
	// exact means that every candidate matches.
	exact bool
}

// reading is one index range.
type reading struct {
	sql  string
	args []any
	// distinct means it names no document twice.
	distinct bool
}

// enough is how many rows of an index range are counted when choosing between
// ranges: beyond, one is as large as the other.
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
		d.parts = append(d.parts, readings("SELECT doc FROM "+c.of.source(key)+" WHERE field=?", "value", []any{number}, cond.Spans)...)
	}
	return d
}

func (c *chooser) named(cond conditions.Named) driver {
	parts := readings("SELECT seq AS doc FROM "+c.of.documents+" WHERE 1", "id", nil, cond.Spans)
	for i := range parts {
		parts[i].distinct = true
	}
	return driver{exact: cond.Test == nil, parts: parts}
}

// maxPoints is how many single values one statement asks for.
const maxPoints = 256

// readings are the index ranges of the spans, single values taken together.
func readings(sql, column string, args []any, spans []mapping.Span) []reading {
	var parts []reading
	var single []any
	flush := func() {
		if len(single) == 0 {
			return
		}
		distinct := len(single) == 1
		// Few shapes of statement: the number of places is a power of two.
		places := 1 << bits.Len(uint(len(single)-1))
		for len(single) < places {
			single = append(single, single[0])
		}
		in := sql + " AND " + column + " IN (?" + strings.Repeat(",?", places-1) + ")"
		parts = append(parts, reading{sql: in, args: append(append([]any{}, args...), single...), distinct: distinct})
		single = nil
	}
	for _, s := range spans {
		if s.Low != nil && s.Low == s.High && !s.LowOpen && !s.HighOpen {
			if single = append(single, s.Low); len(single) == maxPoints {
				flush()
			}
			continue
		}
		parts = append(parts, spanReading(sql, column, args, s))
	}
	flush()
	return parts
}

func spanReading(sql, column string, args []any, s mapping.Span) reading {
	r := reading{sql: sql, args: append([]any{}, args...)}
	if s.Low != nil {
		r.sql += " AND " + column + map[bool]string{false: ">=?", true: ">?"}[s.LowOpen]
		r.args = append(r.args, s.Low)
	}
	if s.High != nil {
		r.sql += " AND " + column + map[bool]string{false: "<=?", true: "<?"}[s.HighOpen]
		r.args = append(r.args, s.High)
	}
	return r
}

// phrase reads the rarest of its whole words.
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

// maxParts keeps a statement within SQLite's bounds; a search of more index
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
		_, err := c.row(func(s *sqlite3.Stmt) { total += s.ColumnInt(0) },
			"SELECT count(*) FROM ("+part.sql+" LIMIT ?)", append(append([]any{}, part.args...), limit-total)...)
		if err != nil {
			return 0, err
		}
	}
	return total, nil
}

// from is the SQL that names each candidate once, and its arguments.
func (d driver) from() (string, []any) {
	if len(d.parts) == 1 {
		part := d.parts[0]
		if part.distinct {
			return part.sql, part.args
		}
		return "SELECT DISTINCT doc FROM (" + part.sql + ")", part.args
	}
	var sql []string
	var args []any
	for _, part := range d.parts {
		sql = append(sql, part.sql)
		args = append(args, part.args...)
	}
	return strings.Join(sql, " UNION "), args
}
