package sqlite

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// pool lends read connections. It opens one only when all that are open are
// lent: each reads the schema and keeps a page cache of its own.
type pool struct {
	path   string
	idle   chan *conn
	room   chan struct{} // a place for each connection still to be opened
	closed chan struct{}
}

func newPool(path string, size int) *pool {
	p := &pool{path: path, idle: make(chan *conn, size), room: make(chan struct{}, size), closed: make(chan struct{})}
	for range size {
		p.room <- struct{}{}
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
	default:
	}
	select {
	case c := <-p.idle:
		return c, nil
	case <-p.room:
		return p.open(ctx)
	case <-p.closed:
		return nil, storage.ErrUnavailable.New()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// open takes a place; one that could not be opened leaves it to the next.
func (p *pool) open(ctx context.Context) (*conn, error) {
	c, err := openConn(ctx, p.path, readerPragmas)
	if err != nil {
		p.room <- struct{}{}
		return nil, broken(err)
	}
	return c, nil
}

// close waits for lent connections and closes all.
func (p *pool) close() error {
	close(p.closed)
	var errs []error
	for range cap(p.idle) {
		select {
		case c := <-p.idle:
			errs = append(errs, c.Close())
		case <-p.room:
		}
	}
	return errors.Join(errs...)
}

// unopened reports whether no connection is open yet.
func (p *pool) unopened() bool { return len(p.room) == cap(p.room) }

func isFault(err error) bool {
	_, is := fault.From(err)
	return is
}
