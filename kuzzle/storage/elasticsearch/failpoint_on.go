//go:build failpoints

package elasticsearch

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/failpoint"
)

// WithFailpoint returns a context in which reached is called before each step of
// a change that begins with it.
func WithFailpoint(ctx context.Context, reached func(step string)) context.Context {
	return failpoint.With(ctx, reached)
}
