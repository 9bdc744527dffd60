package attempt

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
)

// redirectParam is the parameter of the page to which a link leads.
const redirectParam = "redirect_url"

// maxRedirect is the longest address of such a page, in bytes.
const maxRedirect = 2 << 10

// Link returns what the browser that asks for a link says about it, and the address before the link's
// text; for any other strategy there is nothing to say. The page must be of an origin that may call.
func (k Keeper) Link(v *frontend.Visit, strategy string, to edge.Text) (link codes.Link, base string, err error) {
	if strategy != signins.EmailLink {
		return link, "", nil
	}
	_, ok := v.Allows(to.Value)
	switch {
	case to.Value == "":
		return link, "", edge.Refusal(edge.Missing, redirectParam)
	case len(to.Value) > maxRedirect:
		return link, "", edge.Refusal(edge.SizeExceeded, redirectParam)
	case !ok:
		return link, "", edge.Refusal(edge.RedirectForeign, redirectParam)
	}
	if base, err = v.LinkTo("/verify?" + TextParameter + "="); err != nil {
		return link, "", err
	}
	// A browser that is known by a token in addresses does not send it with the link.
	return codes.Link{Client: v.Client.ID, Same: !v.Development, Redirect: to.Value}, base, nil
}

// TextParameter is the parameter with the text of a link.
const TextParameter = "token"

// StoreSignIn stores a sign-in with the browser.
func (k Keeper) StoreSignIn(ctx context.Context, v *frontend.Visit, a *signins.Attempt) error {
	stored, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return k.Store(ctx, v, Kept{SignIn: stored, Session: a.Session, Strategy: a.First, ByLink: a.Sent != nil && a.Sent.Link})
}

// FollowSignIn goes on with a sign-in whose link was opened. It returns it unchanged if another request
// of the browser does that.
func (k Keeper) FollowSignIn(ctx context.Context, v *frontend.Visit, a *signins.Attempt) (*signins.Attempt, error) {
	if err := k.Alone(ctx, v); err != nil {
		return nil, err
	}
	next, err := k.Accounts.SignIns.Follow(ctx, v.Actor(nil), *a, k.Lifetime())
	switch {
	case errors.Is(err, codes.ErrExpired):
		return a, nil
	case err == nil:
		err = k.StoreSignIn(ctx, v, next)
	}
	return next, frontend.Refused(err)
}

// StoreSignUp stores a sign-up with the browser.
func (k Keeper) StoreSignUp(ctx context.Context, v *frontend.Visit, a *signups.Attempt) error {
	stored, err := json.Marshal(a)
	if err != nil {
		return err
	}
	return k.Store(ctx, v, Kept{SignUp: stored, Session: a.Session, Strategy: signups.Name, ByLink: a.ByLink})
}

// FinishSignUp completes a sign-up to which nothing is left.
func (k Keeper) FinishSignUp(ctx context.Context, v *frontend.Visit, a *signups.Attempt) (*signups.Attempt, error) {
	if err := k.Alone(ctx, v); err != nil {
		return nil, err
	}
	next, err := k.Accounts.SignUps.Finish(ctx, v.Actor(nil), *a, k.Lifetime())
	if err == nil {
		err = k.StoreSignUp(ctx, v, next)
	}
	return next, frontend.Refused(err)
}

// FollowSignUp goes on with a sign-up whose link was opened, like FollowSignIn.
func (k Keeper) FollowSignUp(ctx context.Context, v *frontend.Visit, a *signups.Attempt) (*signups.Attempt, error) {
	next, err := k.Accounts.SignUps.Follow(ctx, *a)
	if errors.Is(err, codes.ErrExpired) {
		return a, nil
	}
	// The link is used up, whatever comes of the rest.
	if err == nil {
		err = k.StoreSignUp(ctx, v, next)
	}
	if err != nil {
		return nil, frontend.Refused(err)
	}
	return k.FinishSignUp(ctx, v, next)
}
