package servicekeys

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Principal is a key as the principal of a request.
type Principal struct {
	*Key
	routes func(controller, action string) []string
}

var _ api.Principal = (*Principal)(nil)

// NewPrincipal returns the principal of a key. routes returns the routes of a
// canonical action, each a verb and a declared path; if nil, limits by route never
// match.
func NewPrincipal(key *Key, routes func(controller, action string) []string) *Principal {
	return &Principal{key, routes}
}

// Caller returns the key as the caller of a request.
func (p *Principal) Caller() api.Caller {
	return api.Caller{Kuid: api.AnonymousKuid, Via: api.ViaService, Principal: p}
}

// Kind implements api.Principal.
func (p *Principal) Kind() api.Kind { return api.KindService }

// Name implements api.Principal.
func (p *Principal) Name() string { return namePrefix + p.ID }

// namePrefix begins the names of keys.
const namePrefix = "service-key:"

// Credential names the key for what it makes, which ends with it; see
// [Keys.Standing].
func (p *Principal) Credential() string { return p.credential() }

func (k *Key) credential() string { return namePrefix + k.ID + k.mark }

// Allowed implements api.Principal. The dialect knows which organization a request
// concerns and asks [Limits.Concerns].
func (p *Principal) Allowed(_ context.Context, _ *api.Request, controller, action string) (bool, error) {
	var routes []string
	if p.routes != nil && len(p.Endpoints) > 0 {
		routes = p.routes(controller, action)
	}
	return p.Allows(controller+":"+action, routes...), nil
}

// Rate implements api.Principal: the dialect limits keys by windows, not by the
// second.
func (p *Principal) Rate(context.Context, *api.Request) (key string, perSecond int, err error) {
	return "", 0, nil
}
