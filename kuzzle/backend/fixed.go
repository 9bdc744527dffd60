package backend

import (
	"encoding/json"
	"maps"
	"net/url"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
)

// fixedSections are the sections of the configuration about users and messages to them.
var fixedSections = []string{
	"factors.", "identifiers.", "passwords.", "hashing.", "strategies.", "logins.", "security.restrictedProfileIds", "security.revokeTokensOnPasswordChange",
	"security.authToken.", "security.apiKey.", "notify.", "clerk.",
}

// fixed returns a function that lists the effective settings about users and messages to
// them that only the configuration can change.
func fixed(app *App, from config.Origins) func() []settings.Setting {
	cfg, standard := app.config, config.Default()
	from = maps.Clone(from)
	if cfg.Dev && cfg.Notify.Mail == standard.Notify.Mail {
		cfg.Notify.Mail, from["notify.mail"] = "log", from["dev"]
	}
	if to, err := url.Parse(cfg.Notify.Webhook.URL); err == nil && to.Host != "" {
		// The path and the query may be the only secret that protects the URL.
		cfg.Notify.Webhook.URL = to.Scheme + "://" + to.Host + "/…"
	}
	return func() []settings.Setting {
		cfg, standard := cfg, standard
		cfg.Strategies, standard.Strategies = StrategyOptions(cfg), StrategyOptions(standard)
		maps.DeleteFunc(cfg.Strategies, func(name string, _ json.RawMessage) bool { return app.accounts.Registry.Strategy(name) == nil })
		return settings.Fixed(cfg, standard, from, fixedSections...)
	}
}
