package api

import (
	"context"
	"sync/atomic"
)

// LetIn marks work for a caller that may do it only because the server is open: a
// request, or a job that a request began.
type LetIn struct {
	// Refusal is the answer once the server is no longer open.
	Refusal error
	// Closed is set when this caller has closed the server itself; its work
	// continues.
	Closed atomic.Bool
}

type letInKey struct{}

// With returns a context that carries the mark.
func (l *LetIn) With(ctx context.Context) context.Context {
	return context.WithValue(ctx, letInKey{}, l)
}

// LetInBy returns the mark, or nil for callers that need no open server.
func LetInBy(ctx context.Context) *LetIn {
	l, _ := ctx.Value(letInKey{}).(*LetIn)
	return l
}
