package lending

import (
	"context"
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// Pool lends. It opens one more only when all that are open are lent.
type Pool[T io.Closer] struct {
	open   func(context.Context) (T, error)
	idle   chan T
	room   chan struct{} // a place for each still to be opened
	closed chan struct{}
}

// New makes a Pool of at most size, which opens nothing yet.
func New[T io.Closer](size int, open func(context.Context) (T, error)) *Pool[T] {
	p := &Pool[T]{open: open, idle: make(chan T, size), room: make(chan struct{}, size), closed: make(chan struct{})}
	for range size {
		p.room <- struct{}{}
	}
	return p
}

// With lends one to use for as long as that runs, and waits for one before. Once the pool
// is closed that is [storage.ErrUnavailable].
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

// first takes a place; one that could not be opened leaves it to the next.
func (p *Pool[T]) first(ctx context.Context) (T, error) {
	one, err := p.open(ctx)
	if err != nil {
		p.room <- struct{}{}
	}
	return one, err
}

// Close waits for what is lent and closes all.
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
