package sqlite

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
)

// SchemaVersion is the layout written by this program, kept in user_version.
const SchemaVersion = 1

// applicationID marks the file as ours: "kuzz".
const applicationID = 0x6b757a7a

// NewerError tells that the file was written by a later program.
type NewerError struct {
	Path       string
	Has, Knows int64
}

func (e *NewerError) Error() string {
	return fmt.Sprintf("sqlite: %s has schema version %d and this program knows up to %d: use the program that wrote it, or a newer one", e.Path, e.Has, e.Knows)
}

// table is where a collection lives. Its number orders the tables and never
// changes meaning.
type table struct {
	number int
	of     storage.Collection
	// documents and terms are names of SQL tables; terms is "" when the
	// collection is not searched by content.
	documents, terms string
	// The statements that are used most, kept so that they need no building.
	selectByID, selectCurrent, insert, update, deleteTerm, insertShared string
	insertTerms                                                         [termRows]string
	insertPostings                                                      map[int]string
}

var tables = func() map[storage.Collection]*table {
	all := map[storage.Collection]*table{}
	for i, of := range storage.Collections {
		name := strings.ReplaceAll(string(of), "-", "_")
		t := &table{number: i, of: of, documents: "doc_" + name}
		if mapping.Searchable(of) {
			t.terms = "term_" + name
			t.deleteTerm = "DELETE FROM " + t.terms + " WHERE field=? AND value=? AND doc=?"
			t.insertShared = "INSERT OR IGNORE INTO " + t.terms + " (field, value, doc) SELECT ?1, ?2, seq FROM " + t.documents + " WHERE seq>?3 AND seq<=?4"
			t.insertTerms = termStatements(t.terms)
			t.insertPostings = rowStatements(t.terms+" (field, value, doc)", "(?,?,?)")
		}
		t.selectCurrent = "SELECT seq, rev, incarnation, claims, content, account FROM " + t.documents + " WHERE id=?"
		t.insert = "INSERT OR IGNORE INTO " + t.documents + " (seq, rev, id, incarnation, version, epoch, content, account, auth, expires, claims) VALUES (?1,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"
		t.update = "UPDATE " + t.documents + " SET rev=?2, version=?3, epoch=?4, content=?5, account=?6, auth=?7, expires=?8, claims=?9 WHERE seq=?1"
		t.selectByID = "SELECT " + documentColumns + " FROM " + t.documents + " WHERE id=?"
		all[of] = t
	}
	return all
}()

// The layout. A document's seq is never used again, so what remembers one finds
// that document or none. Claims taken are listed in the row, which spares an
// index by owner. terms is read by (field, value) alone.
const (
	commonDDL = `
CREATE TABLE collections (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, mapping TEXT NOT NULL,
  documents INTEGER NOT NULL DEFAULT 0, last INTEGER NOT NULL DEFAULT 0,
  -- The pass over older documents: done up to this seq, how many, up to where.
  pass_seq INTEGER, pass_done INTEGER, pass_until INTEGER) STRICT;
CREATE TABLE fields (
  collection INTEGER NOT NULL, number INTEGER NOT NULL, area INTEGER NOT NULL,
  path TEXT NOT NULL, kind INTEGER NOT NULL,
  PRIMARY KEY (collection, number), UNIQUE (collection, area, path, kind)) STRICT, WITHOUT ROWID;
CREATE TABLE claims (
  key TEXT PRIMARY KEY, of TEXT NOT NULL, owner TEXT NOT NULL,
  incarnation TEXT NOT NULL, latch INTEGER NOT NULL) STRICT, WITHOUT ROWID;`

	documentsDDL = `
CREATE TABLE %[1]s (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rev INTEGER NOT NULL,
  incarnation TEXT NOT NULL, version INTEGER NOT NULL, epoch INTEGER NOT NULL,
  content TEXT NOT NULL, account TEXT, auth BLOB, expires INTEGER, claims TEXT) STRICT;
CREATE INDEX %[1]s_expires ON %[1]s (expires) WHERE expires IS NOT NULL;`

	termsDDL = `
CREATE TABLE %s (
  field INTEGER NOT NULL, value ANY NOT NULL, doc INTEGER NOT NULL,
  PRIMARY KEY (field, value, doc)) STRICT, WITHOUT ROWID;`
)

// prepareSchema creates the layout in an empty file and checks it in another.
func prepareSchema(c *conn, path string) error {
	version, err := c.pragma("user_version")
	if err != nil {
		return fmt.Errorf("sqlite: %s: %w", path, err)
	}
	switch {
	case version == SchemaVersion:
		return nil
	case version > SchemaVersion:
		return &NewerError{Path: path, Has: version, Knows: SchemaVersion}
	}
	objects := int64(0)
	if _, err := c.row(func(s *sqlite3.Stmt) { objects = s.ColumnInt64(0) }, "SELECT count(*) FROM sqlite_schema"); err != nil {
		return err
	}
	if objects > 0 {
		return fmt.Errorf("sqlite: %s is a database of another program: choose another data directory", path)
	}
	return createSchema(c)
}

func createSchema(c *conn) error {
	ddl := strings.Builder{}
	ddl.WriteString("BEGIN IMMEDIATE;" + commonDDL)
	for _, of := range storage.Collections {
		t := tables[of]
		fmt.Fprintf(&ddl, documentsDDL, t.documents)
		if t.terms != "" {
			fmt.Fprintf(&ddl, termsDDL, t.terms)
		}
	}
	fmt.Fprintf(&ddl, "PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, SchemaVersion)
	if err := c.Exec(ddl.String()); err != nil {
		return errors.Join(fmt.Errorf("sqlite: create schema: %w", err), c.Exec("ROLLBACK"))
	}
	for _, of := range storage.Collections {
		m, err := json.Marshal(mapping.Initial(of))
		if err != nil {
			return err
		}
		if err := c.exec("INSERT INTO collections (number, name, mapping) VALUES (?,?,?)", tables[of].number, string(of), text(m)); err != nil {
			return errors.Join(err, c.Exec("ROLLBACK"))
		}
	}
	return c.Exec("COMMIT")
}

func (c *conn) pragma(name string) (value int64, err error) {
	_, err = c.row(func(s *sqlite3.Stmt) { value = s.ColumnInt64(0) }, "PRAGMA "+name)
	return value, err
}
