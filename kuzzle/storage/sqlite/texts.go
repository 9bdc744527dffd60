package sqlite

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/conditions"
)

// text is what a document has for the index of parts; "" is nothing.
func (t *table) text(id string, found *mapping.Document) string {
	if t.texts == "" {
		return ""
	}
	return found.Text(id)
}

func (t *tx) insertText(of *table, seq int64, text string) error {
	if text == "" {
		return nil
	}
	t.state[of.number].texts++
	return t.exec(of.insertText, seq, text)
}

func (t *tx) deleteText(of *table, seq int64, had string) error {
	if had == "" {
		return nil
	}
	t.state[of.number].texts--
	return t.exec(of.deleteText, seq)
}

// mostParts is how many parts of a text are looked up: those that have them all
// are compared anyway.
const mostParts = 16

// parts is a query of the index for documents that may have the text: parts of
// three characters, evenly spread over it.
func parts(text string) string {
	runes := []rune(text)
	last := len(runes) - mapping.MinPart
	n := min(last+1, mostParts)
	var query strings.Builder
	for i := range n {
		at := 0
		if n > 1 {
			at = i * last / (n - 1)
		}
		if i > 0 {
			query.WriteString(" AND ")
		}
		part := string(runes[at : at+mapping.MinPart])
		query.WriteString(`"` + strings.ReplaceAll(part, `"`, `""`) + `"`)
	}
	return query.String()
}

// contains reads the documents that have the parts of the text. Ids of documents
// without a text are in no index of parts and are looked through, where there are
// such documents.
func (c *chooser) contains(cond conditions.Contains) (driver, error) {
	if c.of.texts == "" || utf8.RuneCountInString(cond.Text) < mapping.MinPart {
		return driver{all: true}, nil
	}
	d := driver{parts: []reading{{sql: "SELECT rowid AS doc FROM " + c.of.texts + " WHERE " + c.of.texts + " MATCH ?", args: []any{parts(cond.Text)}, distinct: true}}}
	if !cond.ID {
		return d, nil
	}
	bare := int64(0)
	_, err := c.row(func(s *sqlite3.Stmt) { bare = s.ColumnInt64(0) }, "SELECT documents-texts FROM collections WHERE number=?", c.of.number)
	if err == nil && bare > 0 {
		// LIKE folds ASCII only, as is to be, and ends at a NUL.
		like := "%" + strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`).Replace(cond.Text) + "%"
		d.parts = append(d.parts, reading{sql: "SELECT seq AS doc FROM " + c.of.documents + ` WHERE id LIKE ? ESCAPE '\' OR instr(id, char(0))`, args: []any{like}, distinct: true})
	}
	return d, err
}

// addTexts makes the index of parts, with what documents have for it already.
func (c *conn) addTexts(t *table) error {
	if err := c.Exec(fmt.Sprintf(textsDDL, t.texts)); err != nil {
		return err
	}
	paths, err := json.Marshal(mapping.Contained(t.of))
	if err != nil {
		return err
	}
	added := 0
	err = c.rows(func(s *sqlite3.Stmt) (bool, error) {
		text := t.text(s.ColumnText(1), unindexed.Stored(s.ColumnRawText(2), s.ColumnRawText(3)))
		if text == "" {
			return true, nil
		}
		added++
		return true, c.exec(t.insertText, s.ColumnInt64(0), text)
	}, "SELECT seq, id, content, account FROM "+t.documents+" WHERE seq IN (SELECT t.doc FROM fields AS f JOIN "+t.terms+
		" AS t ON t.field=f.number WHERE f.collection=? AND f.area=? AND f.kind=? AND f.path IN (SELECT value FROM json_each(?)))",
		t.number, int(mapping.Account), int(mapping.Keyword), string(paths))
	if err != nil {
		return err
	}
	return c.exec("UPDATE collections SET texts=? WHERE number=?", added, t.number)
}
