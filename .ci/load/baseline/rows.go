package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// rowsPerBatch is the number of users in a transaction of the bare writer: the
// most that an import puts into one.
const rowsPerBatch = 2000

// writerPragmas are those of the server's writer; without them the bare one would
// be faster because it promises less.
const writerPragmas = `PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA wal_autocheckpoint=4000;`

// A claimed user is its document and its claims, which make names unique and by
// which logins find it. An indexed one also has the rows of the inverted index,
// by which searches find it. The documents alone answer searches by id only.
const (
	claimed = "claimed"
	indexed = "indexed"
)

// tableRow is a row to bind: int64, float64, string, []byte and nil.
type tableRow []any

// writtenUser has all rows that the server wrote for a user.
type writtenUser struct{ document, claims, terms []tableRow }

// userTables are the tables of a user, in the order in which they are written.
var userTables = [...]string{"doc_users", "claims", "term_users"}

// writeRows writes users of a server's database into a new one, as fast as a
// program can that has their rows in memory, ready to bind. It writes into tables
// of the same schema, by prepared statements that each write all rows of a user
// in a table, with rowsPerBatch users in a transaction, each on disk before the
// next. It leaves out all work before the rows: reading a file, checking,
// encrypting, serialising, finding the terms, and reporting existing users.
func writeRows(from, dir, kind string) error {
	if kind != claimed && kind != indexed {
		return errUsage
	}
	source, err := sqlite3.OpenFlags("file:"+from, sqlite3.OPEN_READONLY|sqlite3.OPEN_URI)
	if err != nil {
		return err
	}
	defer source.Close()
	users, err := readUsers(source)
	if err != nil {
		return err
	}
	c, err := copyOf(source, filepath.Join(dir, kind+".db"))
	if err != nil {
		return err
	}
	began, before := time.Now(), cpu()
	for at := 0; at < len(users) && err == nil; at += rowsPerBatch {
		err = c.batch(users[at:min(at+rowsPerBatch, len(users))], kind)
	}
	if err = errors.Join(err, c.close()); err != nil {
		return err
	}
	return printed(len(users), time.Since(began), cpu()-before)
}

// readUsers reads all users, in the order in which they were written.
func readUsers(c *sqlite3.Conn) ([]*writtenUser, error) {
	var users []*writtenUser
	byID, bySeq := map[string]*writtenUser{}, map[int64]*writtenUser{}
	err := each(c, "SELECT * FROM doc_users ORDER BY seq", func(r tableRow) {
		u := &writtenUser{document: []tableRow{r}}
		users = append(users, u)
		bySeq[r[0].(int64)], byID[r[1].(string)] = u, u
	})
	if err == nil {
		err = each(c, "SELECT * FROM claims", func(r tableRow) {
			if u := byID[r[2].(string)]; u != nil {
				u.claims = append(u.claims, r)
			}
		})
	}
	if err == nil {
		err = each(c, "SELECT * FROM term_users", func(r tableRow) {
			u := bySeq[r[2].(int64)]
			u.terms = append(u.terms, r)
		})
	}
	return users, err
}

func each(c *sqlite3.Conn, sql string, do func(tableRow)) error {
	s, _, err := c.Prepare(sql)
	if err != nil {
		return err
	}
	defer s.Close()
	for s.Step() {
		r := make(tableRow, s.ColumnCount())
		if err := s.Columns(r...); err != nil {
			return err
		}
		do(r)
	}
	return s.Err()
}

// rowWriter writes into tables like the server's.
type rowWriter struct {
	*sqlite3.Conn
	statements map[shape]*sqlite3.Stmt
}

// shape identifies a statement.
type shape struct {
	table string
	rows  int
}

func copyOf(source *sqlite3.Conn, path string) (*rowWriter, error) {
	layout := strings.Builder{}
	tables, err := json.Marshal(userTables)
	if err != nil {
		return nil, err
	}
	err = each(source, fmt.Sprintf("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND tbl_name IN (SELECT value FROM json_each('%s'))", tables), func(r tableRow) {
		layout.WriteString(r[0].(string) + ";\n")
	})
	if err != nil {
		return nil, err
	}
	c, err := sqlite3.Open("file:" + path)
	if err != nil {
		return nil, err
	}
	return &rowWriter{c, map[shape]*sqlite3.Stmt{}}, c.Exec(writerPragmas + layout.String())
}

func (w *rowWriter) close() error {
	var errs []error
	for _, s := range w.statements {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, w.Close())...)
}

func (w *rowWriter) batch(users []*writtenUser, kind string) error {
	if err := w.Exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	for _, u := range users {
		err := errors.Join(w.insert(userTables[0], u.document), w.insert(userTables[1], u.claims))
		if err == nil && kind == indexed {
			err = w.insert(userTables[2], u.terms)
		}
		if err != nil {
			return err
		}
	}
	return w.Exec("COMMIT")
}

// insert writes the rows of one user into one table.
func (w *rowWriter) insert(table string, rows []tableRow) error {
	if len(rows) == 0 {
		return nil
	}
	columns := len(rows[0])
	s, err := w.statement(table, len(rows), columns)
	if err != nil {
		return err
	}
	for i, r := range rows {
		for j, value := range r {
			if err := bind(s, i*columns+j+1, value); err != nil {
				return err
			}
		}
	}
	return s.Exec()
}

func (w *rowWriter) statement(table string, rows, columns int) (*sqlite3.Stmt, error) {
	of := shape{table, rows}
	if s := w.statements[of]; s != nil {
		return s, nil
	}
	row := "(?" + strings.Repeat(",?", columns-1) + ")"
	s, _, err := w.PrepareFlags("INSERT INTO "+table+" VALUES "+row+strings.Repeat(","+row, rows-1), sqlite3.PREPARE_PERSISTENT)
	w.statements[of] = s
	return s, err
}

func bind(s *sqlite3.Stmt, at int, value any) error {
	switch v := value.(type) {
	case int64:
		return s.BindInt64(at, v)
	case float64:
		return s.BindFloat(at, v)
	case string:
		return s.BindText(at, v)
	case []byte:
		return s.BindBlob(at, v)
	}
	return s.BindNull(at)
}
