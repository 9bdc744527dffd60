package backend

import (
	"context"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/ledger"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// ledgerPurpose is the purpose of the secret that hashes names and addresses in
// the ledger.
const ledgerPurpose = "backend.throttle"

// openThrottle makes the delays for password guesses and the limits of service
// keys. The servers of a cluster count both together.
func (app *App) openThrottle(cfg config.Config) error {
	limits := loginLimits(cfg.Logins, app.now)
	limits.Knows = func(ctx context.Context, keys throttle.Keys) bool { return app.accounts.Logins.KnowsDevice(ctx, keys) }
	var shared throttle.Ledger
	if clustered(cfg) {
		shared = ledger.Ledger{Store: app.store}
		secret, err := app.sealer.Derive(ledgerPurpose)
		if err != nil {
			return fmt.Errorf("the counts of failed logins: %w", err)
		}
		limits.Ledger, limits.Secret = shared, secret
	}
	app.logins = throttle.NewLogins(limits)
	if cfg.Clerk.RateLimit != "off" {
		app.windows = throttle.NewWindows(app.now, shared)
	}
	return nil
}
