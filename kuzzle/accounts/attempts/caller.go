package attempts

import (
	"context"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

type hashingKey struct{}

// BeforeHashing makes check run once, before the first hash of a strategy.
func BeforeHashing(ctx context.Context, check func() error) context.Context {
	return context.WithValue(ctx, hashingKey{}, sync.OnceValue(check))
}

type callerKey struct{}

// Acting returns a context in which a strategy's own action runs for a caller.
func Acting(ctx context.Context, by users.Actor) context.Context {
	return context.WithValue(ctx, callerKey{}, by)
}

// Actor returns the caller of the strategy's own action that runs; acts is false if none runs.
func Actor(ctx context.Context) (by users.Actor, acts bool) {
	by, acts = ctx.Value(callerKey{}).(users.Actor)
	return by, acts
}

// Client returns the client of the current attempt, or the zero value.
func Client(ctx context.Context) users.Actor {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		return at.By
	}
	return users.Actor{Kuid: users.AnonymousKuid}
}

// Caller returns the caller of the running action, or the client that logs in.
func Caller(ctx context.Context) users.Actor {
	if by, acts := Actor(ctx); acts {
		return by
	}
	return Client(ctx)
}
