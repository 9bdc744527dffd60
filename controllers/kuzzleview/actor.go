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

// Actor returns the caller of a request in the domain's type.
func Actor(req *api.Request) users.Actor {
	by := users.Actor{
		Kuid: req.Caller.Kuid, SessionID: req.Caller.TokenID, RequestID: req.ID,
		APIKey: req.Caller.Via == api.ViaAPIKey, Operator: req.Caller.Via == api.ViaOperator,
		Act: req.Caller.Act, Token: req.Caller.Token, SingleUse: req.Caller.SingleUse, Open: req.Caller.Open,
		Factors: req.Caller.Factors, Link: req.ReadOnly(),
	}
	// The id of an API key is chosen freely, and may be that of another user's session.
	if !by.APIKey {
		by.Device = by.SessionID
	}
	if req.Caller.Kind() == api.KindService && !by.Operator {
		by.Service = req.Caller.Name()
		key, is := req.Caller.Principal.(interface {
			Limited() bool
			Credential() string
		})
		if is {
			by.Limited, by.ServiceKey = key.Limited(), key.Credential()
		}
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

// ForAll returns an action for callers who may do everything, and refuses others.
func ForAll[A, R any](a *accounts.Accounts, run func(context.Context, users.Actor, A) (R, error)) func(context.Context, *api.Request, A) (R, error) {
	return func(ctx context.Context, req *api.Request, args A) (result R, err error) {
		by, err := MayDoAll(ctx, a, req)
		if err != nil {
			return result, err
		}
		return run(ctx, by, args)
	}
}

// MayDoAll returns the caller of a request, or refuses a caller who may not do everything.
func MayDoAll(ctx context.Context, a *accounts.Accounts, req *api.Request) (users.Actor, error) {
	by := Actor(req)
	return by, a.Containment.MayDoAll(ctx, by)
}

// Calling returns the calling user, as authentication loaded it. ok is false for callers who are no
// user, and if only the kuid is known.
func Calling(req *api.Request) (*users.User, bool) {
	if person, is := req.Caller.Principal.(interface{ User() *users.User }); is {
		return person.User(), true
	}
	return nil, false
}

// MayCreate reports whether the caller may create users of any kind: by rights, or because the
// server is open.
func MayCreate(req *api.Request) bool { return MayManage(req, "createUser") }

// MayManage reports whether the caller may call an action of the controller security.
func MayManage(req *api.Request, action string) bool {
	compiled, asked := req.Caller.Rights.(*profiles.Compiled)
	return !asked || compiled.Allowed("security", action, profiles.Target{})
}

// MayRead reports whether the caller may read every user: by rights that were asked for, because
// the server is open, or as the program's own command line.
func MayRead(req *api.Request) bool {
	compiled, asked := req.Caller.Rights.(*profiles.Compiled)
	return req.Caller.Via == api.ViaOperator || req.Caller.Open || asked && compiled.Allowed("security", "getUser", profiles.Target{})
}

// Administrator reports whether the caller has the profile admin, or is the program's own command
// line.
func Administrator(req *api.Request) bool {
	user, ok := Calling(req)
	return req.Caller.Via == api.ViaOperator || ok && slices.Contains(user.Profiles, profiles.Admin)
}

// Writing returns the author and options of a write of a role or profile, from the caller and the
// arguments that all such writes have.
func Writing(req *api.Request, refresh api.Refresh, retries int) rights.Write {
	w := Actor(req).Writing()
	w.Visible, w.Retries = bool(refresh), Retries(retries)
	return w
}

// DefaultRetries is the default of retryOnConflict; maxRetries is its largest value.
const (
	DefaultRetries = 10
	maxRetries     = 100
)

// Retries bounds a client's retryOnConflict.
func Retries(asked int) int { return min(max(asked, 0), maxRetries) }

// Editing returns the options of a user's change.
func Editing(refresh api.Refresh, retries int) users.Edit {
	return users.Edit{Visible: bool(refresh), Retries: Retries(retries)}
}

// EditingIf returns the options of a change to a user of a given version.
func EditingIf(version Version, refresh api.Refresh, retries int) users.Edit {
	e := Editing(refresh, retries)
	e.IfVersion = int64(version)
	return e
}

// TargetOf is Target for a body that describes a call. It also checks the body.
func TargetOf(call map[string]any) (profiles.Target, error) {
	if err := api.CheckTargets(call, "body."); err != nil {
		return profiles.Target{}, err
	}
	return Target(call), nil
}

// Target returns a request's target from its arguments: index and collection, or targets. The
// dispatcher has already refused invalid forms.
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
