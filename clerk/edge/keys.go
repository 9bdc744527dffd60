package edge

import (
	"context"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Keys verifies the secret keys of the instance. An unknown key is
// servicekeys.ErrUnknownKey.
type Keys interface {
	Verify(ctx context.Context, text string) (*servicekeys.Key, error)
}

type authenticator struct {
	keys Keys
	// routes returns the routes of a canonical action, for keys that are limited to
	// routes.
	routes func(controller, action string) []string
	rules  *rules.InForce
	// windows are nil if nothing is limited.
	windows *throttle.Windows
}

// Organizations is the controller whose actions check themselves which organizations a
// key may reach.
const Organizations = "clerk-organizations"

// judging reports whether a key that is limited to organizations may call the action at
// all. Of the actions that concern no organization it may call only the one for public
// keys.
func judging(req *api.Request) bool {
	controller, action := req.Route()
	return controller == Organizations || action == Unlimited || controller == ""
}

const bearer = "Bearer "

// Authenticate implements api.Authenticator.
func (a *authenticator) Authenticate(ctx context.Context, req *api.Request) (api.Caller, error) {
	sent := req.Headers.Values("Authorization")
	if len(sent) == 0 {
		return api.Caller{}, AuthenticationInvalid.New()
	}
	text, ok := strings.CutPrefix(sent[0], bearer)
	if text = strings.TrimSpace(text); !ok || text == "" || len(sent) > 1 {
		return api.Caller{}, AuthorizationFormat.New()
	}
	key, err := a.keys.Verify(ctx, text)
	if errors.Is(err, servicekeys.ErrUnknownKey) {
		if strings.HasPrefix(text, "pk_") {
			return api.Caller{}, KeyPublishable.New()
		}
		return api.Caller{}, KeyInvalid.New()
	}
	if err != nil {
		return api.Caller{}, err
	}
	if !key.Concerns("") && !judging(req) {
		return api.Caller{}, AuthorizationInvalid.New()
	}
	if err := a.limit(ctx, req, key); err != nil {
		return api.Caller{}, err
	}
	if controller, _ := req.Route(); controller == Organizations && a.rules.Now().NoOrganizations {
		return api.Caller{}, OrganizationsOff.New()
	}
	return servicekeys.NewPrincipal(key, a.routes).Caller(), checkVersion(req)
}

// TestKey reports whether a request has a test key.
func TestKey(req *api.Request) bool {
	key, is := req.Caller.Principal.(*servicekeys.Principal)
	return is && key.Key.Kind == servicekeys.Test
}
