package sqlite

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/ext/fts5"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/ranges"
)

// text returns a document's text for the index of parts, "" for none.
func (t *table) text(id string, found *mapping.Document) string {
	if t.texts == "" {
		return ""
	}
	return found.Text(id)
}

// useTexts prepares the connection for the index of parts. It takes a third of a
// millisecond, which most connections do not need.
func (c *conn) useTexts() error {
	if c.texts {
		return nil
	}
	err := fts5.Register(c.Conn.Conn)
	c.texts = err == nil
	return err
}

// execText is exec for the index of parts.
func (c *conn) execText(sql string, args ...any) error {
	if err := c.useTexts(); err != nil {
		return err
	}
	return c.Run(sql, args...)
}

// maxRecent is how many texts wait to be indexed. The index of parts adds a segment for
// each commit and merges small segments, which costs more the smaller they are. A search
// for a part reads all waiting texts.
const maxRecent = 256

// insertText adds the text of one document.
func (t *tx) insertText(of *table, seq int64, text string) error {
	if text == "" {
		return nil
	}
	state := &t.state[of.number]
	state.texts++
	state.recent++
	if err := t.Run(of.insertRecent, seq, text); err != nil || state.recent < maxRecent {
		return err
	}
	state.recent = 0
	if err := t.execText(of.indexRecent); err != nil {
		return err
	}
	return t.Run("DELETE FROM " + of.recent)
}

// indexText adds the text of one of many documents that are written together.
func (t *tx) indexText(of *table, seq int64, text string) error {
	if text == "" {
		return nil
	}
	t.state[of.number].texts++
	return t.execText(of.insertText, seq, text)
}

func (t *tx) deleteText(of *table, seq int64, had string) error {
	if had == "" {
		return nil
	}
	t.state[of.number].texts--
	if err := t.Run(of.deleteRecent, seq); err != nil {
		return err
	}
	if t.Changes() > 0 {
		t.state[of.number].recent--
		return nil
	}
	return t.execText(of.deleteText, seq)
}

// contains returns the documents with the parts of the text. Ids of documents without a
// text are in no index of parts and are scanned, if there are such documents.
func (c *chooser) contains(cond conditions.Contains) (driver, error) {
	if c.of.texts == "" || !cond.HasParts() {
		return driver{all: true}, nil
	}
	if err := c.useTexts(); err != nil {
		return driver{}, err
	}
	rarest, err := c.rarest(cond.Parts())
	if err != nil {
		return driver{}, err
	}
	var bare, recent bool
	_, err = c.Row(func(s *sqlite3.Stmt) { bare, recent = s.ColumnBool(0), s.ColumnBool(1) },
		"SELECT documents>texts, EXISTS (SELECT 1 FROM "+c.of.recent+") FROM collections WHERE number=?", c.of.number)
	d := driver{parts: []ranges.Range{{SQL: c.having(), Args: []any{rarest}, Distinct: true}}}
	if recent {
		d.parts = append(d.parts, ranges.Range{SQL: "SELECT seq AS doc FROM " + c.of.recent + " WHERE instr(text, ?)", Args: []any{cond.Text}, Distinct: true})
	}
	if cond.ID && bare {
		// LIKE folds ASCII only, as intended, and ends at a NUL.
		d.parts = append(d.parts, ranges.Range{SQL: "SELECT seq AS doc FROM " + c.of.documents + ` WHERE id LIKE ? ESCAPE '\' OR instr(id, char(0))`, Args: []any{cond.Like()}, Distinct: true})
	}
	return d, err
}

// having returns the SQL for the documents with the parts.
func (c *chooser) having() string {
	return "SELECT rowid AS doc FROM " + c.of.texts + " WHERE " + c.of.texts + " MATCH ?"
}

// sample is how many documents of a part show its frequency; reading one costs listSteps
// entries.
const sample, listSteps = 128, 200

// rarest returns the query for the part of a text that the fewest documents have. If many
// have it, the query combines as many of the rare parts as leave few documents. The
// distance between the first documents of a part shows how many have it.
func (c *chooser) rarest(parts []string) (string, error) {
	var documents, last float64
	_, err := c.Row(func(s *sqlite3.Stmt) { documents, last = s.ColumnFloat(0), s.ColumnFloat(1) }, "SELECT documents, last FROM collections WHERE number=?", c.of.number)
	many := map[string]float64{}
	for i := 0; i < len(parts) && err == nil; i++ {
		_, err = c.Row(func(s *sqlite3.Stmt) {
			if many[parts[i]] = s.ColumnFloat(0); many[parts[i]] == sample {
				many[parts[i]] *= last / s.ColumnFloat(1)
			}
		}, "SELECT count(*), max(doc) FROM ("+c.having()+" LIMIT ?)", parts[i], sample)
	}
	slices.SortStableFunc(parts, func(a, b string) int { return cmp.Compare(many[a], many[b]) })
	n, left := 1, many[parts[0]]
	// Adjacent parts often occur together, so more documents are left than this estimates.
	for ; n < len(parts) && left >= 1 && many[parts[0]] >= sample && many[parts[n]] < 10*listSteps*left; n++ {
		left *= many[parts[n]] / documents
	}
	return strings.Join(parts[:n], " AND "), err
}

// addTexts creates the index of parts from the existing documents.
func (c *conn) addTexts(t *table) error {
	if err := c.Exec(fmt.Sprintf(textsDDL, t.texts)); err != nil {
		return err
	}
	paths, err := json.Marshal(mapping.Contained(t.of))
	if err != nil {
		return err
	}
	added := 0
	err = c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		text := t.text(s.ColumnText(1), unindexed.Stored(s.ColumnRawText(2), s.ColumnRawText(3)))
		if text == "" {
			return true, nil
		}
		added++
		return true, c.execText(t.insertText, s.ColumnInt64(0), text)
	}, "SELECT seq, id, content, account FROM "+t.documents+" WHERE seq IN (SELECT t.doc FROM fields AS f JOIN "+t.terms+
		" AS t ON t.field=f.number WHERE f.collection=? AND f.area=? AND f.kind=? AND f.path IN (SELECT value FROM json_each(?)))",
		t.number, int(mapping.Account), int(mapping.Keyword), string(paths))
	if err != nil {
		return err
	}
	return c.Run("UPDATE collections SET texts=? WHERE number=?", added, t.number)
}
