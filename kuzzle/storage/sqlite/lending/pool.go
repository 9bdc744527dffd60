package lending

import (
	"context"
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Pool lends resources. It opens another one only if all open ones are lent.
type Pool[T io.Closer] struct {
	open   func(context.Context) (T, error)
	idle   chan T
	room   chan struct{} // one slot for each resource not opened yet
	closed chan struct{}
}

// New returns a Pool of at most size resources, without opening any.
func New[T io.Closer](size int, open func(context.Context) (T, error)) *Pool[T] {
	p := &Pool[T]{open: open, idle: make(chan T, size), room: make(chan struct{}, size), closed: make(chan struct{})}
	for range size {
		p.room <- struct{}{}
	}
	return p
}

// With waits for a resource and lends it to use until that returns. On a closed pool the
// error is [storage.ErrUnavailable].
func (p *Pool[T]) With(ctx context.Context, use func(T) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	one, err := p.borrow(ctx)
	if err != nil {
		return err
	}
	defer func() { p.idle <- one }()
	return use(one)
}

func (p *Pool[T]) borrow(ctx context.Context) (none T, err error) {
	select {
	case <-p.closed:
		return none, storage.ErrUnavailable.New()
	default:
	}
	select {
	case one := <-p.idle:
		return one, nil
	default:
	}
	select {
	case one := <-p.idle:
		return one, nil
	case <-p.room:
		return p.first(ctx)
	case <-p.closed:
		return none, storage.ErrUnavailable.New()
	case <-ctx.Done():
		return none, ctx.Err()
	}
}

// first opens a resource in a free slot; on failure it gives the slot back.
func (p *Pool[T]) first(ctx context.Context) (T, error) {
	one, err := p.open(ctx)
	if err != nil {
		p.room <- struct{}{}
	}
	return one, err
}

// Close waits for lent resources and closes all.
func (p *Pool[T]) Close() error {
	close(p.closed)
	var errs []error
	for range cap(p.idle) {
		select {
		case one := <-p.idle:
			errs = append(errs, one.Close())
		case <-p.room:
		}
	}
	return errors.Join(errs...)
}

// Unopened reports whether none is open yet.
func (p *Pool[T]) Unopened() bool { return len(p.room) == cap(p.room) }
