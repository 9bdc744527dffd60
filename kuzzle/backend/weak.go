package backend

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// WeakDigests counts the users whose imported digest is weak and not wrapped in
// argon2id, so that only the master key protects it. The user's first login ends
// that in both cases.
type WeakDigests struct {
	// Waiting is the number of those that are wrapped as soon as the hash pool
	// has time; with strategies.digest-import.wrap "off" it never has.
	Waiting int64 `json:"waiting"`
	// Left is the number of those whose import requested no wrapping.
	Left int64 `json:"left"`
}

// WeakDigests returns the counts, as far as searches see the users. It costs two
// searches by exact value, without hits.
func (app *App) WeakDigests(ctx context.Context) (WeakDigests, error) {
	return countWeakDigests(ctx, app.accounts.Care)
}

func countWeakDigests(ctx context.Context, of *maintenance.Care) (counted WeakDigests, err error) {
	counted.Waiting, err = of.CountCredentials(ctx, digestimport.Name, digestimport.ProtectionField, digestimport.Sealed)
	if err == nil {
		counted.Left, err = of.CountCredentials(ctx, digestimport.Name, digestimport.ProtectionField, digestimport.Left)
	}
	return counted, err
}
