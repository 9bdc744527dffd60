package backend

import (
	"encoding/json"
	"maps"
	"net/url"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/settings"
)

// fixedSections are those of the configuration that are about users and what they are sent.
var fixedSections = []string{
	"factors.", "identifiers.", "passwords.", "hashing.", "strategies.", "logins.", "security.restrictedProfileIds", "security.revokeTokensOnPasswordChange",
	"security.authToken.", "security.apiKey.", "notify.", "clerk.",
}

// fixed lists what the configuration alone says of users and what they are sent, as it is in
// force.
func fixed(app *App, from config.Origins) func() []settings.Setting {
	cfg, standard := app.config, config.Default()
	from = maps.Clone(from)
	if cfg.Dev && cfg.Notify.Mail == standard.Notify.Mail {
		cfg.Notify.Mail, from["notify.mail"] = "log", from["dev"]
	}
	if to, err := url.Parse(cfg.Notify.Webhook.URL); err == nil && to.Host != "" {
		// Its path and its query may be all that keeps others from posting there.
		cfg.Notify.Webhook.URL = to.Scheme + "://" + to.Host + "/…"
	}
	return func() []settings.Setting {
		cfg, standard := cfg, standard
		cfg.Strategies, standard.Strategies = StrategyOptions(cfg), StrategyOptions(standard)
		maps.DeleteFunc(cfg.Strategies, func(name string, _ json.RawMessage) bool { return app.accounts.Registry.Strategy(name) == nil })
		return settings.Fixed(cfg, standard, from, fixedSections...)
	}
}
