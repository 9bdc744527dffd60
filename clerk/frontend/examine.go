package frontend

import (
	"crypto/x509"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/publishable"
)

// Setup is the surroundings in which pages find the Frontend API.
type Setup struct {
	FrontendAPI string
	Rules       *rules.Rules
	// Local is set for a server that only this machine reaches.
	Local bool
	// Certificate is the server's, nil for none, and Proxied is set if a proxy may have one.
	Certificate *x509.Certificate
	Proxied     bool
	// Keys reports whether applications have a secret key, Scripts whether pages can load the
	// vendor's scripts from the server, and Mails whether codes can be sent by mail.
	Keys, Scripts, Mails bool
	Now                  time.Time
}

// Remark is something about a setup that keeps pages from working, or may do so, and the remedy.
type Remark struct {
	Problem, Remedy string
	// Harmless is set if pages may work nevertheless.
	Harmless bool
}

// Examine returns what an operator should know about a setup whose Frontend API is on.
func Examine(s Setup) []Remark {
	all := s.name()
	for _, one := range s.Rules.Origins {
		all = append(all, s.origin(one)...)
	}
	for _, page := range []struct{ setting, address string }{{"clerk.signInUrl", s.Rules.SignInURL}, {"clerk.signUpUrl", s.Rules.SignUpURL}} {
		if page.address != "" && !allows(s.Rules, s.FrontendAPI, originOf(page.address)) {
			all = append(all, Remark{
				Problem: fmt.Sprintf("%s is %q, and tickets lead to no page there: its origin may not call", page.setting, page.address),
				Remedy:  "write the whole address of a page of an origin in clerk.origins",
			})
		}
	}
	if s.Rules.Email == rules.Required && s.Rules.SignUp == rules.Public && !s.Mails {
		all = append(all, Remark{
			Problem: "nobody can sign up: an e-mail address is required, and no code can be sent to it",
			Remedy:  "set notify.mail, or require no address: kuzzle settings set clerk.attributes.emailAddress off",
		})
	}
	if !s.Keys {
		all = append(all, Remark{Problem: "there is no secret key, which servers of applications need", Remedy: "run: kuzzle key create", Harmless: true})
	}
	if !s.Scripts {
		all = append(all, Remark{
			Problem: "pages cannot load the vendor's scripts from this server", Remedy: "run kuzzle clerk install on each server, unless applications bundle the scripts", Harmless: true,
		})
	}
	return all
}

// name examines the name by which pages find the instance, and its certificate.
func (s Setup) name() []Remark {
	if publishable.Development(s.FrontendAPI) {
		if s.Local {
			return nil
		}
		return []Remark{{
			Problem: "others than this machine reach an instance for development, whose browsers are known by tokens in addresses and whose pages are those of this machine",
			Remedy:  "set clerk.frontendApi to a name of yours that leads here, such as clerk.example.com",
		}}
	}
	host := publishable.Host(s.FrontendAPI)
	switch leaf := s.Certificate; {
	case leaf == nil && !s.Proxied:
		return []Remark{{
			Problem: "browsers ask https://" + host + ", and this server has no certificate and trusts no proxy",
			Remedy:  "set http.tls.cert and http.tls.key, or name the proxy that has the certificate in trustedProxies",
		}}
	case leaf != nil && leaf.VerifyHostname(host) != nil:
		return []Remark{{
			Problem: fmt.Sprintf("the certificate of http.tls.cert is for %s and not for %s", strings.Join(leaf.DNSNames, ", "), host),
			Remedy:  "give a certificate with that name too",
		}}
	case leaf != nil && s.Now.After(leaf.NotAfter):
		return []Remark{{Problem: "the certificate of http.tls.cert ended on " + leaf.NotAfter.UTC().Format(time.RFC3339), Remedy: "replace the file; the server reads it again"}}
	}
	return nil
}

// origin examines an origin of clerk.origins.
func (s Setup) origin(one string) []Remark {
	origin := strings.TrimSuffix(one, "/")
	u, err := url.Parse(origin)
	if err != nil || originOf(origin) != strings.ToLower(origin) || strings.Contains(origin, "*") {
		return []Remark{{
			Problem: fmt.Sprintf("clerk.origins has %q, which is the origin of no page", one), Remedy: "write scheme, name and port alone, such as https://app.example.com",
		}}
	}
	if publishable.Development(s.FrontendAPI) || onDomain(u.Hostname(), publishable.Domain(s.FrontendAPI)) {
		return nil
	}
	return []Remark{{
		Problem:  fmt.Sprintf("pages of %s are on another site than %s: browsers that keep no cookies of other sites stay signed out there", one, publishable.Host(s.FrontendAPI)),
		Remedy:   "serve them on " + publishable.Domain(s.FrontendAPI) + " or below, or let the application pass the Frontend API on under its own name",
		Harmless: true,
	}}
}
