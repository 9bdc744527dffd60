package backend

import (
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

// obey puts in force the settings that may be set in the store: at the start,
// and again whenever one of them changed. A setting is live only if it is here.
func (app *App) obey(cfg config.Config) {
	token, keys := cfg.Security.AuthToken, cfg.Security.APIKey
	app.accounts.Sessions.Limit(sessions.Limits{
		TokenLifetime: token.ExpiresIn.Std(), MaxTokenTTL: token.MaxTTL.Std(), RefreshGrace: token.GracePeriod.Std(),
		MaxKeyTTL: keys.MaxTTL.Std(), KeyLoginAge: keys.LoginAge.Std(), MaxSessions: cfg.Sessions.PerUser, MaxLifetime: cfg.Sessions.MaxLifetime.Std(),
	})
	app.logins.LimitSignUps(cfg.Logins.FreeSignUps)
}
