package kuzzleview

import (
	"context"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/rights"
	"github.com/gokuzzle/kuzzle/profiles"
)

// Actor is the caller of a request as the domain knows one.
func Actor(req *api.Request) users.Actor {
	by := users.Actor{
		Kuid: req.Caller.Kuid, SessionID: req.Caller.TokenID, RequestID: req.ID,
		APIKey: req.Caller.Via == api.ViaAPIKey, Operator: req.Caller.Via == api.ViaOperator, Device: req.Caller.TokenID,
		Act: req.Caller.Act, Token: req.Caller.Token, SingleUse: req.Caller.SingleUse, Open: req.Caller.Open,
		Factors: req.Caller.Factors, Link: req.ReadOnly(),
	}
	if req.Caller.Kind() == api.KindService && !by.Operator {
		by.Service = req.Caller.Name()
		key, is := req.Caller.Principal.(interface{ Limited() bool })
		by.Limited = is && key.Limited()
	}
	controller, _ := req.Route()
	by.Self = controller == "auth"
	if by.Kuid == "" {
		by.Kuid = users.AnonymousKuid
	}
	if req.Peer != nil {
		by.Protocol, by.Addr, by.Headers = req.Peer.Protocol, req.Peer.Addr, req.Headers
		if by.Headers == nil {
			by.Headers = req.Peer.Headers
		}
	}
	return by
}

// MayDoAll is the caller of a request, who is refused unless they may do everything.
func MayDoAll(ctx context.Context, a *accounts.Accounts, req *api.Request) (users.Actor, error) {
	by := Actor(req)
	return by, a.Containment.MayDoAll(ctx, by)
}

// Calling is the user who calls, as the authentication left it. It reports false for
// callers who are none, and where only the kuid is known.
func Calling(req *api.Request) (*users.User, bool) {
	if person, is := req.Caller.Principal.(interface{ User() *users.User }); is {
		return person.User(), true
	}
	return nil, false
}

// MayCreate tells whether the caller may create users of any kind: by their
// rights, or on a server that asks nobody for any.
func MayCreate(req *api.Request) bool { return MayManage(req, "createUser") }

// MayManage tells whether the caller may call an action of the controller security.
func MayManage(req *api.Request, action string) bool {
	compiled, asked := req.Caller.Rights.(*profiles.Compiled)
	return !asked || compiled.Allowed("security", action, profiles.Target{})
}

// Administrator tells whether the caller has the profile admin, or is the
// program's own command line.
func Administrator(req *api.Request) bool {
	user, ok := Calling(req)
	return req.Caller.Via == api.ViaOperator || ok && slices.Contains(user.Profiles, profiles.Admin)
}

// Writing says how a role or profile is written: by the caller, with the
// arguments that every such write has.
func Writing(req *api.Request, refresh api.Refresh, retries int) rights.Write {
	w := Actor(req).Writing()
	w.Visible, w.Retries = bool(refresh), Retries(retries)
	return w
}

// DefaultRetries is what retryOnConflict is when a client does not say, and
// maxRetries the most that a client gets.
const (
	DefaultRetries = 10
	maxRetries     = 100
)

// Retries bounds a client's retryOnConflict.
func Retries(asked int) int { return min(max(asked, 0), maxRetries) }

// Editing says how a user is changed.
func Editing(refresh api.Refresh, retries int) users.Edit {
	return users.Edit{Visible: bool(refresh), Retries: Retries(retries)}
}

// EditingIf says how a user of a version is changed.
func EditingIf(version Version, refresh api.Refresh, retries int) users.Edit {
	e := Editing(refresh, retries)
	e.IfVersion = int64(version)
	return e
}

// TargetOf is Target for a body that describes a call, and checks it first.
func TargetOf(call map[string]any) (profiles.Target, error) {
	if err := api.CheckTargets(call, "body."); err != nil {
		return profiles.Target{}, err
	}
	return Target(call), nil
}

// Target reads where a request acts from its arguments: index and collection,
// or targets. The dispatcher has refused every other form.
func Target(args map[string]any) profiles.Target {
	var t profiles.Target
	t.Index, _ = args["index"].(string)
	t.Collection, _ = args["collection"].(string)
	targets, _ := args["targets"].([]any)
	for _, element := range targets {
		place, _ := element.(map[string]any)
		var p profiles.Place
		p.Index, _ = place["index"].(string)
		collections, _ := place["collections"].([]any)
		p.Collections, _ = api.Strings(collections)
		t.Targets = append(t.Targets, p)
	}
	return t
}
