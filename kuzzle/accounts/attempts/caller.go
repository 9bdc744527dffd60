package attempts

import (
	"context"
	"sync"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

type hashingKey struct{}

// BeforeHashing has something checked once, when a strategy first asks for a hash.
func BeforeHashing(ctx context.Context, check func() error) context.Context {
	return context.WithValue(ctx, hashingKey{}, sync.OnceValue(check))
}

type callerKey struct{}

// Acting has a strategy's own action run for somebody.
func Acting(ctx context.Context, by users.Actor) context.Context {
	return context.WithValue(ctx, callerKey{}, by)
}

// Actor returns who asked for the strategy's own action that runs, if one does.
func Actor(ctx context.Context) (by users.Actor, acts bool) {
	by, acts = ctx.Value(callerKey{}).(users.Actor)
	return by, acts
}

// Client returns who makes the attempt under way, or nobody.
func Client(ctx context.Context) users.Actor {
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		return at.By
	}
	return users.Actor{Kuid: users.AnonymousKuid}
}

// Caller returns who asked for the action that runs, or who tries to log in.
func Caller(ctx context.Context) users.Actor {
	if by, acts := Actor(ctx); acts {
		return by
	}
	return Client(ctx)
}
