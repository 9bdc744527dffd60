package sqlite

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/lending"
)

// pool lends read connections; each reads the schema and has its own page cache.
type pool struct{ *lending.Pool[*conn] }

func newPool(path string, size int) pool {
	return pool{lending.New(size, func(ctx context.Context) (*conn, error) { return openConn(ctx, path, readerPragmas) })}
}

// with lends a connection to use until it returns.
func (p pool) with(ctx context.Context, use func(*conn) error) error { return broken(p.With(ctx, use)) }

func isFault(err error) bool {
	_, is := fault.From(err)
	return is
}
