package sqlite

import (
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/inserts"
)

// applicationID marks the file as this program's: "kuzz".
const applicationID = 0x6b757a7a

// maxCollections bounds the number of collections, because arrays have an element for
// each.
const maxCollections = 32

// table has the SQL names of a collection. Its number orders the tables and never
// changes its meaning.
type table struct {
	number int
	of     storage.Collection
	// documents and terms are names of SQL tables; terms is "" if the collection's
	// content is not searched.
	documents, terms string
	// texts is the index of parts, and recent the table of texts that wait for it; ""
	// if the collection has none.
	texts, recent string
	// lists is the index of orders, "" if the collection has none; listed are the
	// positions of the keys in it.
	lists  string
	listed map[mapping.Key]int
	// The most frequent statements, built once.
	selectByID, selectCurrent, insert, update, deleteTerm, insertText, insertRecent, indexRecent, deleteRecent, deleteText, deleteListed string
	insertTerms                                                                                                                          func() [inserts.MostTerms]string
	insertShared, insertPostings, insertListed                                                                                           func() map[int]string
}

var tables = makeTables()

func makeTables() map[storage.Collection]*table {
	all := map[storage.Collection]*table{}
	for i, of := range storage.Collections {
		name := strings.ReplaceAll(string(of), "-", "_")
		t := &table{number: i, of: of, documents: "doc_" + name}
		if mapping.Searchable(of) {
			t.terms = "term_" + name
			t.deleteTerm = "DELETE FROM " + t.terms + " WHERE field=? AND value=? AND doc=?"
			t.insertShared = inserts.Rows(t.terms+" (field, value, doc)", "(?1,?2,?)")
			t.insertTerms = inserts.Terms(t.terms)
			t.insertPostings = inserts.Rows(t.terms+" (field, value, doc)", "(?,?,?)")
		}
		if len(mapping.Contained(of)) > 0 {
			t.texts, t.recent = "text_"+name, "recent_"+name
			t.insertRecent = "INSERT INTO " + t.recent + " (seq, text) VALUES (?,?)"
			t.deleteRecent = "DELETE FROM " + t.recent + " WHERE seq=?"
			t.indexRecent = "INSERT INTO " + t.texts + " (rowid, text) SELECT seq, text FROM " + t.recent + " ORDER BY seq"
			t.insertText = "INSERT INTO " + t.texts + " (rowid, text) VALUES (?,?)"
			t.deleteText = "DELETE FROM " + t.texts + " WHERE rowid=?"
		}
		if keys := mapping.Listed(of); len(keys) > 0 {
			t.lists, t.listed = "list_"+name, map[mapping.Key]int{}
			for at, key := range keys {
				t.listed[key] = at
			}
			t.deleteListed = "DELETE FROM " + t.lists + " WHERE field=? AND value=? AND id=?"
			t.insertListed = inserts.Rows(t.lists+" (field, value, id, doc, edge)", "(?,?,?,?,?)")
		}
		t.selectCurrent = "SELECT seq, rev, incarnation, claims, content, account FROM " + t.documents + " WHERE id=?"
		t.insert = "INSERT OR IGNORE INTO " + t.documents + " (seq, rev, id, incarnation, version, epoch, content, account, auth, expires, claims) VALUES (?1,?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)"
		t.update = "UPDATE " + t.documents + " SET rev=?2, version=?3, epoch=?4, content=?5, account=?6, auth=?7, expires=?8, claims=?9 WHERE seq=?1"
		t.selectByID = "SELECT " + documentColumns + " FROM " + t.documents + " WHERE id=?"
		all[of] = t
	}
	return all
}

// The schema. A document's seq is never reused, so a remembered seq finds that
// document or none. The row lists its claims, which saves an index by owner. terms is
// read by (field, value) only.
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

	// at is in seconds; made is 1 in the schema that the database was created with.
	historyDDL = `
CREATE TABLE upgrades (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, program TEXT NOT NULL,
  at INTEGER NOT NULL, made INTEGER NOT NULL) STRICT;`

	documentsDDL = `
CREATE TABLE %[1]s (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, rev INTEGER NOT NULL,
  incarnation TEXT NOT NULL, version INTEGER NOT NULL, epoch INTEGER NOT NULL,
  content TEXT NOT NULL, account TEXT, auth BLOB, expires INTEGER, claims TEXT) STRICT;
CREATE INDEX %[1]s_expires ON %[1]s (expires) WHERE expires IS NOT NULL;`

	// A row for each document with a text, under the document's seq. The texts are not
	// stored: a document that has the parts is read and compared.
	textsDDL = `
ALTER TABLE collections ADD COLUMN texts INTEGER NOT NULL DEFAULT 0;
CREATE VIRTUAL TABLE %s USING fts5(text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');`

	// Texts of documents that were written one by one and are not yet in the index of
	// parts.
	recentDDL = `CREATE TABLE %s (seq INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;`

	// Values of the fields that lists are ordered by, which are not in terms. Rows
	// with the same value are ordered by id. edge tells which of several values of a
	// document is the smallest and which the largest.
	//
	// A document with such a value also has a row of field 0. Its value has a bit for
	// each field that the document lacks, so that documents without a field are found
	// in order. listed counts these rows.
	listsDDL = `
ALTER TABLE collections ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;
CREATE TABLE %s (
  field INTEGER NOT NULL, value ANY NOT NULL, id TEXT NOT NULL, doc INTEGER NOT NULL, edge INTEGER NOT NULL,
  PRIMARY KEY (field, value, id)) STRICT, WITHOUT ROWID;`

	termsDDL = `
CREATE TABLE %s (
  field INTEGER NOT NULL, value ANY NOT NULL, doc INTEGER NOT NULL,
  PRIMARY KEY (field, value, doc)) STRICT, WITHOUT ROWID;`
)

func (c *conn) pragma(name string) (value int64, err error) {
	_, err = c.Row(func(s *sqlite3.Stmt) { value = s.ColumnInt64(0) }, "PRAGMA "+name)
	return value, err
}
