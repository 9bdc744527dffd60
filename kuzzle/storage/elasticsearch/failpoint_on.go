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
