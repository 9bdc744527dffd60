package backend

import (
	"context"
	"crypto/tls"

	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/scripts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// examineFrontend reports what keeps pages from using Clerk's Frontend API, if there are keys for it or it
// is on.
func (d *doctor) examineFrontend(ctx context.Context) []Finding {
	cfg := &d.config
	keys, err := d.serviceKeys.Any(ctx)
	switch {
	case err == nil && !cfg.Frontend() && keys:
		return []Finding{finding(Note, aboutFrontend, "it is off: no page signs in by Clerk's libraries", "set clerk.frontendApi to a name that leads here, or clerk.frontend to on, if pages should")}
	case err == nil && !cfg.Frontend():
		return nil
	case err != nil:
		return []Finding{finding(Degraded, aboutServiceKeys, "they cannot be read: "+err.Error(), "see the findings about the store")}
	}
	setup := frontend.Setup{
		FrontendAPI: cfg.FrontendAPI(), Rules: d.rules.Now(), Local: cfg.Local(), Proxied: len(cfg.TrustedProxies) > 0,
		Keys: keys, Mails: d.accounts.Codes.Sends(users.Email), Now: d.now(),
	}
	if pair, err := tls.LoadX509KeyPair(cfg.HTTP.TLS.Cert, cfg.HTTP.TLS.Key); err == nil {
		setup.Certificate = pair.Leaf
	}
	if all, err := scripts.Installed(scripts.Dir(cfg.Data)); err == nil {
		setup.Scripts = len(all) > 0
	}
	var found []Finding
	for _, remark := range frontend.Examine(setup) {
		level := Degraded
		if remark.Harmless {
			level = Note
		}
		found = append(found, finding(level, aboutFrontend, remark.Problem, remark.Remedy))
	}
	return found
}
