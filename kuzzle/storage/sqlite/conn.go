package sqlite

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/binding"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/gathering"
)

// Pragmas of the two kinds of connection. The page caches are small: the
// operating system caches the file, and memory is multiplied by connections. The
// log grows to 16 MB before its pages go where they belong: one written again
// meanwhile goes there once.
const (
	writerPragmas = `PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=4000; PRAGMA busy_timeout=5000; PRAGMA trusted_schema=OFF;`
	readerPragmas = `PRAGMA query_only=ON; PRAGMA cache_size=-1024; PRAGMA busy_timeout=5000; PRAGMA trusted_schema=OFF;`
)

// maxStatements bounds the prepared statements of one connection; searches
// make SQL of many shapes.
const maxStatements = 96

// conn is one connection with the statements prepared on it. It is used by one
// goroutine at a time.
type conn struct {
	*sqlite3.Conn
	statements map[string]*sqlite3.Stmt
	// texts says that the index of parts can be used; see useTexts.
	texts bool
}

func openConn(ctx context.Context, path, pragmas string) (*conn, error) {
	db, err := sqlite3.OpenContext(ctx, fileURI(path))
	if err != nil {
		return nil, fmt.Errorf("sqlite: open: %w", err)
	}
	if err := db.Exec(pragmas); err != nil {
		return nil, errors.Join(fmt.Errorf("sqlite: open: %w", err), db.Close())
	}
	return &conn{Conn: db, statements: map[string]*sqlite3.Stmt{}}, nil
}

// fileURI keeps SQLite from reading anything into a file's name.
func fileURI(path string) string {
	uri := url.URL{Scheme: "file", OmitHost: true, Path: path}
	uri.RawQuery = url.Values{"modeof": {path}, "vfs": {gathering.Name}}.Encode() // companions as private as the file
	return uri.String()
}

// stmt returns the statement of sql, reset, with args bound.
func (c *conn) stmt(sql string, args ...any) (*sqlite3.Stmt, error) {
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
func (c *conn) forget() {
	for sql, s := range c.statements {
		if !s.Busy() {
			_ = s.Close()
			delete(c.statements, sql)
		}
	}
}

// exec runs a statement that answers no rows.
func (c *conn) exec(sql string, args ...any) error {
	s, err := c.stmt(sql, args...)
	if err != nil {
		return err
	}
	return s.Exec()
}

// row runs a statement and hands its first row to scan, if there is one.
func (c *conn) row(scan func(*sqlite3.Stmt), sql string, args ...any) (bool, error) {
	s, err := c.stmt(sql, args...)
	if err != nil {
		return false, err
	}
	found := s.Step()
	if found {
		scan(s)
	}
	return found, finished(s)
}

// rows runs a statement and hands every row to scan until it answers false.
func (c *conn) rows(scan func(*sqlite3.Stmt) (bool, error), sql string, args ...any) error {
	s, err := c.stmt(sql, args...)
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
func (c *conn) Close() error {
	for _, s := range c.statements {
		_ = s.Close()
	}
	return c.Conn.Close()
}

// broken turns a failure of the engine into what the contract promises. Faults
// of storage and the end of a context pass through.
func broken(err error) error {
	var taken *storage.TakenError
	switch {
	case err == nil, errors.As(err, &taken), isFault(err),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	switch {
	case errors.Is(err, sqlite3.FULL):
		return storage.ErrFull.New().RetryIn(retryAfter).Because(errors.Join(err, storage.ErrUnavailable))
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return storage.ErrDamaged.New().Because(errors.Join(err, storage.ErrUnavailable))
	}
	return storage.ErrUnavailable.New().Because(err)
}
