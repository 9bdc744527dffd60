package frontend_test

import (
	"crypto/x509"
	"strings"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/rules"
)

// Each fault of a setup has a remark, and a setup without one has none.
func TestExamine(t *testing.T) {
	now := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	sound := func() frontend.Setup {
		return frontend.Setup{
			FrontendAPI: "clerk.example.com", Rules: &rules.Rules{Email: rules.Required, SignUp: rules.Public}, Keys: true, Scripts: true, Mails: true, Now: now,
			Certificate: &x509.Certificate{DNSNames: []string{"clerk.example.com"}, NotAfter: now.Add(time.Hour)},
		}
	}
	origins := func(all ...string) func(*frontend.Setup) {
		return func(s *frontend.Setup) { s.Rules.Origins = all }
	}
	for _, row := range []struct {
		name string
		edit func(*frontend.Setup)
		want string
		mild bool
	}{
		{"sound", func(*frontend.Setup) {}, "", false},
		{"a proxy has the certificate", func(s *frontend.Setup) { s.Certificate, s.Proxied = nil, true }, "", false},
		{"development on this machine", func(s *frontend.Setup) {
			s.FrontendAPI, s.Local, s.Certificate = "127.0.0.1:7512/kuzzle.clerk.accounts.dev", true, nil
		}, "", false},
		{"origins of the domain", origins("https://example.com", "https://app.EXAMPLE.com:8443/"), "", false},
		{"development elsewhere", func(s *frontend.Setup) { s.FrontendAPI = "192.0.2.1:7512/kuzzle.clerk.accounts.dev" }, "an instance for development", false},
		{"no certificate", func(s *frontend.Setup) { s.Certificate = nil }, "no certificate and trusts no proxy", false},
		{"another name", func(s *frontend.Setup) { s.FrontendAPI = "login.example.org:8443" }, "is for clerk.example.com and not for login.example.org", false},
		{"an old certificate", func(s *frontend.Setup) { s.Now = now.Add(2 * time.Hour) }, "ended on 2026-11-30T01:00:00Z", false},
		{"an origin with a path", origins("https://example.com/app"), `"https://example.com/app", which is the origin of no page`, false},
		{"an origin without a scheme", origins("app.example.com"), "the origin of no page", false},
		{"a pattern", origins("https://*.example.com"), "the origin of no page", false},
		{"another site", origins("https://example.org"), "on another site than clerk.example.com", true},
		{"an ending that looks alike", origins("https://notexample.com"), "on another site", true},
		{"a page of the application", func(s *frontend.Setup) { s.Rules.SignInURL = "https://app.example.com/sign-in" }, "", false},
		{"a page elsewhere", func(s *frontend.Setup) { s.Rules.SignUpURL = "https://example.org/sign-up" }, `clerk.signUpUrl is "https://example.org/sign-up"`, false},
		{"a page without an origin", func(s *frontend.Setup) { s.Rules.SignInURL = "/sign-in" }, `clerk.signInUrl is "/sign-in"`, false},
		{"no mail", func(s *frontend.Setup) { s.Mails = false }, "nobody can sign up", false},
		{"no key", func(s *frontend.Setup) { s.Keys = false }, "no secret key", true},
		{"no scripts", func(s *frontend.Setup) { s.Scripts = false }, "the vendor's scripts", true},
	} {
		s := sound()
		row.edit(&s)
		found := frontend.Examine(s)
		switch {
		case row.want == "" && len(found) > 0:
			t.Errorf("%s: %+v", row.name, found)
		case row.want != "" && (len(found) != 1 || !strings.Contains(found[0].Problem, row.want) || found[0].Remedy == "" || found[0].Harmless != row.mild):
			t.Errorf("%s: got %+v, want one with %q", row.name, found, row.want)
		}
	}
}
