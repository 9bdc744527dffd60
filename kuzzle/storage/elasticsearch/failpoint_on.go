//go:build failpoints

package elasticsearch

import "context"

type failpointKey struct{}

// reach calls what the context carries for tests, with the name of the step
// that is about to be taken.
func reach(ctx context.Context, step string) {
	if f, is := ctx.Value(failpointKey{}).(func(string)); is {
		f(step)
	}
}

// WithFailpoint answers a context in which reached is called before each step of
// a change that begins with it.
func WithFailpoint(ctx context.Context, reached func(step string)) context.Context {
	return context.WithValue(ctx, failpointKey{}, reached)
}
