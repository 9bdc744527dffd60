package kuzzleview

import (
	"maps"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// CredentialForms are what each strategy takes for credentials.
func CredentialForms(reg *registry.Registry) api.Forms {
	forms := api.Forms{}
	for _, name := range reg.Strategies() {
		fields, err := reg.CredentialFields(name)
		if err == nil {
			forms[name] = api.Members(fields)
		}
	}
	return forms
}

// Credentials returns what a request says to a strategy: its body, over the
// arguments of its frame. Nothing in a URL is a credential, since URLs end up in
// logs and histories; a password there is refused rather than overlooked.
func Credentials(req *api.Request) (map[string]any, error) {
	if !req.HasURL() {
		return RedirectCredentials(req), nil
	}
	if _, given := req.Args[strategies.PasswordField]; given {
		return nil, assert.Forbidden.New(strategies.PasswordField).Saying("%q may not be in the URL, because URLs end up in logs: send it in the body.", strategies.PasswordField)
	}
	in := maps.Clone(req.BodyObject())
	if in == nil {
		in = map[string]any{}
	}
	return in, nil
}

// RedirectCredentials returns the credentials of a login that may have come by a redirect: the
// request's body over all arguments.
func RedirectCredentials(req *api.Request) map[string]any {
	in := maps.Clone(req.Args)
	if in == nil {
		in = map[string]any{}
	}
	maps.Copy(in, req.BodyObject())
	return in
}
