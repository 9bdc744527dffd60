package digest

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/pool"
)

// The pool in which every hash runs, see package pool.
type (
	Pool   = pool.Pool
	Limits = pool.Limits
	Cost   = pool.Cost
	Stats  = pool.Stats
	Source = pool.Source
	Place  = pool.Place
)

// Names of package pool.
var (
	NewPool       = pool.New
	ErrPoolFull   = pool.ErrFull
	ErrPoolClosed = pool.ErrClosed
)

// Equip returns the maker with its hashes in memory that the pool lends, including those
// that [Check] and [Matches] compute for it. They still have to run inside the pool.
func Equip(p *Pool, m Maker) Maker {
	switch made := m.(type) {
	case Hasher:
		made.pool = p
		return made
	case Bcrypt:
		made.Long.pool = p
		return made
	}
	return m
}

// poolOf returns the pool that equipped a maker, nil for none.
func poolOf(own Maker) *Pool { return WrapHasher(own).pool }

// borrower is a digest that can be verified in a pool's memory and interrupted by its
// context.
type borrower interface {
	matchesIn(ctx context.Context, pool *Pool, password string) bool
}

// Matches is Digest.Matches in the memory of the pool that equipped own. It tries each
// Unicode form of the password. It ends early, with false, once ctx has ended: then
// [Pool.Do] returns ctx's error, and the password counts as neither right nor wrong.
func Matches(ctx context.Context, d Digest, own Maker, password string) bool {
	for _, form := range forms(password) {
		if b, ok := d.(borrower); ok {
			if b.matchesIn(ctx, poolOf(own), form) {
				return true
			}
		} else if d.Matches(form) {
			return true
		}
	}
	return false
}

// Make is Maker.Hash, and returns "" early once ctx has ended; see [Matches].
func Make(ctx context.Context, own Maker, password string) string {
	if leaving, ok := own.(interface {
		make(ctx context.Context, password string) string
	}); ok {
		return leaving.make(ctx, password)
	}
	return own.Hash(password)
}

// derive computes a sum in the pool's memory, if it takes any.
func derive(ctx context.Context, p *Pool, k kdf, password []byte, size int) []byte {
	if hard, ok := k.(interface {
		deriveIn(ctx context.Context, pool *Pool, password []byte, size int) []byte
	}); ok {
		return hard.deriveIn(ctx, p, password, size)
	}
	return k.derive(ctx, password, size)
}
