package sqlite

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// pool lends read connections, opening them when first needed.
type pool struct {
	path string
	// idle holds size places: open connections and nils still to be opened.
	idle   chan *conn
	closed chan struct{}
}

func newPool(path string, size int) *pool {
	p := &pool{path: path, idle: make(chan *conn, size), closed: make(chan struct{})}
	for range size {
		p.idle <- nil
	}
	return p
}

// with lends a connection to use for as long as that runs.
func (p *pool) with(ctx context.Context, use func(*conn) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c, err := p.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { p.idle <- c }()
	if c == nil {
		if c, err = openConn(ctx, p.path, readerPragmas); err != nil {
			return broken(err)
		}
	}
	return broken(use(c))
}

func (p *pool) borrow(ctx context.Context) (*conn, error) {
	select {
	case <-p.closed:
		return nil, storage.ErrUnavailable.New()
	default:
	}
	select {
	case c := <-p.idle:
		return c, nil
	case <-p.closed:
		return nil, storage.ErrUnavailable.New()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// close waits for lent connections and closes all.
func (p *pool) close() error {
	close(p.closed)
	var errs []error
	for range cap(p.idle) {
		if c := <-p.idle; c != nil {
			errs = append(errs, c.Close())
		}
	}
	return errors.Join(errs...)
}

func isFault(err error) bool {
	_, is := fault.From(err)
	return is
}
