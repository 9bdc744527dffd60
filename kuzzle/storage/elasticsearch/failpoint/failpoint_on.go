//go:build failpoints

// Package failpoint names the steps at which tests stop or kill a node.
package failpoint

import "context"

type key struct{}

// Reach calls the function that the context carries for tests, with the name of
// the next step.
func Reach(ctx context.Context, step string) {
	if f, is := ctx.Value(key{}).(func(string)); is {
		f(step)
	}
}

// With returns a context in which reached is called before each step of a change
// that begins with it.
func With(ctx context.Context, reached func(step string)) context.Context {
	return context.WithValue(ctx, key{}, reached)
}
