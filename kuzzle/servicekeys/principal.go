package servicekeys

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Principal is a key as the one who makes a request.
type Principal struct {
	*Key
	routes func(controller, action string) []string
}

var _ api.Principal = (*Principal)(nil)

// NewPrincipal makes the principal of a key. routes tells the routes of a canonical
// action, each a verb and a path as they are declared; nil where limits by route
// cannot be met.
func NewPrincipal(key *Key, routes func(controller, action string) []string) *Principal {
	return &Principal{key, routes}
}

// Caller is the key as the caller of a request.
func (p *Principal) Caller() api.Caller {
	return api.Caller{Kuid: api.AnonymousKuid, Via: api.ViaService, Principal: p}
}

// Kind implements api.Principal.
func (p *Principal) Kind() api.Kind { return api.KindService }

// Name implements api.Principal.
func (p *Principal) Name() string { return "service-key:" + p.ID }

// Allowed implements api.Principal. Which organization a request concerns the dialect
// knows: it asks [Limits.Concerns].
func (p *Principal) Allowed(_ context.Context, _ *api.Request, controller, action string) (bool, error) {
	var routes []string
	if p.routes != nil && len(p.Endpoints) > 0 {
		routes = p.routes(controller, action)
	}
	return p.Allows(controller+":"+action, routes...), nil
}

// Rate implements api.Principal: a key is limited in windows of its dialect, not by
// the second.
func (p *Principal) Rate(context.Context, *api.Request) (key string, perSecond int, err error) {
	return "", 0, nil
}
