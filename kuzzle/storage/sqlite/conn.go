package sqlite

import (
	"context"
	"errors"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/connection"
)

// Pragmas of the two kinds of connection. The page caches are small, because the
// operating system caches the file and each connection has its own cache. The
// log grows to 16 MB before its pages are copied to the database; a page that
// was written several times is copied once.
const (
	writerPragmas = `PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA journal_size_limit=67108864; PRAGMA wal_autocheckpoint=4000; PRAGMA busy_timeout=5000; PRAGMA trusted_schema=OFF;`
	readerPragmas = `PRAGMA query_only=ON; PRAGMA cache_size=-1024; PRAGMA busy_timeout=5000; PRAGMA trusted_schema=OFF;`
)

// conn is one connection.
type conn struct {
	*connection.Conn
	// texts says that the index of parts can be used; see useTexts.
	texts bool
}

func openConn(ctx context.Context, path, pragmas string) (*conn, error) {
	c, err := connection.Open(ctx, path, pragmas)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// broken converts an error of the engine to one of the contract. It returns
// faults of storage and the end of a context unchanged.
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
