package api

import (
	"context"
	"sync/atomic"
)

// LetIn is what is done for a caller who may do it only because the server is
// open: a request, or a job that one began.
type LetIn struct {
	// Refusal is the answer once the server is open no more.
	Refusal error
	// Closed is set when this very caller has closed the server, who then goes on.
	Closed atomic.Bool
}

type letInKey struct{}

// With marks what is done for the caller.
func (l *LetIn) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, letInKey{}, l)
}

// LetInBy returns the mark, nil for callers who need no open server.
func LetInBy(ctx context.Context) *LetIn {
	l, _ := ctx.Value(letInKey{}).(*LetIn)
	return l
}
