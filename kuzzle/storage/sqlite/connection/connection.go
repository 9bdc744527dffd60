package connection

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/binding"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/gathering"
)

// maxStatements bounds the prepared statements of one connection; searches make SQL of many
// forms.
const maxStatements = 96

// Conn is one connection with the statements prepared on it. It is used by one
// goroutine at a time.
type Conn struct {
	*sqlite3.Conn
	statements map[string]*sqlite3.Stmt
}

// Open opens a connection to a file with pragmas.
func Open(ctx context.Context, path, pragmas string) (*Conn, error) {
	db, err := sqlite3.OpenContext(ctx, FileURI(path))
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	if err := db.Exec(pragmas); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open: %w", err), db.Close())
	}
	return &Conn{Conn: db, statements: map[string]*sqlite3.Stmt{}}, nil
}

// FileURI returns a URI that keeps SQLite from interpreting a file's name.
func FileURI(path string) string {
	uri := url.URL{Scheme: "file", OmitHost: true, Path: path}
	query := url.Values{"modeof": {path}, "vfs": {gathering.Name}}.Encode() // companion files are as private as the file
	uri.RawQuery = strings.ReplaceAll(query, "+", "%20")                    // to SQLite a plus is no space
	return uri.String()
}

// Prepared returns the statement of sql, reset, with args bound.
func (c *Conn) Prepared(sql string, args ...any) (*sqlite3.Stmt, error) {
	s := c.statements[sql]
	if s == nil {
		if len(c.statements) >= maxStatements {
			c.forget()
		}
		var err error
		if s, _, err = c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT); err != nil {
			return nil, err
		}
		c.statements[sql] = s
	}
	return s, binding.All(s, 0, args...)
}

// forget drops statements that are not running.
func (c *Conn) forget() {
	for sql, s := range c.statements {
		if !s.Busy() {
			_ = s.Close()
			delete(c.statements, sql)
		}
	}
}

// Run runs a statement without rows.
func (c *Conn) Run(sql string, args ...any) error {
	s, err := c.Prepared(sql, args...)
	if err != nil {
		return err
	}
	return s.Exec()
}

// Row runs a statement and calls scan with its first row, if there is one.
func (c *Conn) Row(scan func(*sqlite3.Stmt), sql string, args ...any) (bool, error) {
	s, err := c.Prepared(sql, args...)
	if err != nil {
		return false, err
	}
	found := s.Step()
	if found {
		scan(s)
	}
	return found, finished(s)
}

// Rows runs a statement and calls scan with every row until scan returns false.
func (c *Conn) Rows(scan func(*sqlite3.Stmt) (bool, error), sql string, args ...any) error {
	s, err := c.Prepared(sql, args...)
	if err != nil {
		return err
	}
	for s.Step() {
		more, err := scan(s)
		if err != nil || !more {
			return errors.Join(err, s.Reset())
		}
	}
	return finished(s)
}

// finished readies a statement for its next run. Reset repeats what Err says.
func finished(s *sqlite3.Stmt) error {
	err := s.Err()
	if reset := s.Reset(); err == nil {
		err = reset
	}
	return err
}

// Close finalizes the statements and closes the connection.
func (c *Conn) Close() error {
	for _, s := range c.statements {
		_ = s.Close()
	}
	return c.Conn.Close()
}

// Statements returns the prepared statements.
func (c *Conn) Statements() []string { return slices.Collect(maps.Keys(c.statements)) }
