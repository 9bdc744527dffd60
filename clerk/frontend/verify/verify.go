package verify

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/attempt"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Deps are the dependencies of the actions.
type Deps struct {
	attempt.Keeper
	Dialect *api.Dialect
}

// Name is the name of the controller.
const Name = "clerk-link"

// New declares the actions.
func New(deps Deps) api.Controller {
	return api.Controller{
		Name: Name, About: "Links in mails, in Clerk's Frontend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			api.Action[shown, any]{
				Name: "showLink", Routes: api.Routes{"GET /verify"}, Summary: "Shows the page of a link, and changes nothing.", Secret: true, Run: deps.show,
			},
			api.Action[accepting, api.WithStatus]{
				Name: frontend.AcceptTicket, Routes: api.Routes{"GET /tickets/accept"}, Summary: "Leads from the link of a ticket to the application, and changes nothing.", Secret: true, Run: deps.accept,
			},
			api.Action[opened, any]{
				Name: frontend.OpenLink, Routes: api.Routes{"POST /verify"}, Summary: "Opens a link, and leads back to the application.", Secret: true, Run: deps.open,
			},
		},
	}
}

type shown struct {
	Text edge.Text `arg:"token"`
}

type opened struct {
	Text edge.Text `body:"token"`
}

// Statuses with which a browser returns to the application.
const (
	verified = "verified"
	expired  = "expired"
	failed   = "failed"
	mismatch = "client_mismatch"
)

func (d Deps) show(ctx context.Context, req *api.Request, args shown) (any, error) {
	v := frontend.Of(req)
	link, err := d.Accounts.Codes.Look(ctx, args.Text.Value)
	switch {
	case errors.Is(err, codes.ErrLink):
		return d.unknown(req)
	case err != nil:
		return nil, err
	case d.Accounts.Codes.Over(&link):
		return d.back(req, &link, expired, "")
	case !mine(v, &link) && link.Same:
		return d.back(req, &link, mismatch, "")
	}
	return d.page(req, &strategies.Page{
		Title: "Confirm your e-mail address", Text: "The button confirms that you read this address, and leads back to the application.",
		Button: "Continue", Fields: map[string]string{frontend.TextParameter: args.Text.Value},
	})
}

// mine reports whether a link is that of the browser that shows it.
func mine(v *frontend.Visit, link *codes.Link) bool {
	return v.Client != nil && v.Client.ID == link.Client
}

func (d Deps) open(ctx context.Context, req *api.Request, args opened) (any, error) {
	v := frontend.Of(req)
	link, err := d.Accounts.Codes.Look(ctx, args.Text.Value)
	if err == nil && link.Same && !mine(v, &link) {
		return d.back(req, &link, mismatch, "")
	}
	if err == nil && link.Same && !d.Accounts.Codes.Over(&link) {
		err = d.Renew(ctx, v)
	}
	if err == nil {
		link, err = d.Accounts.Codes.Open(ctx, args.Text.Value)
	}
	switch {
	case errors.Is(err, codes.ErrLink):
		return d.unknown(req)
	case errors.Is(err, codes.ErrExpired):
		return d.back(req, &link, expired, "")
	case err != nil:
		return nil, err
	case !mine(v, &link):
		return d.back(req, &link, verified, "") // its browser asks for it
	}
	session, err := d.follow(ctx, v, link.Attempt)
	if failure, known := fault.From(err); known && failure.Status() < http.StatusInternalServerError {
		return d.back(req, &link, failed, "")
	}
	if err != nil {
		return nil, err
	}
	return d.back(req, &link, verified, session)
}

// follow goes on with the attempt of a link in its own browser, and returns the session that completed
// it, "" for none.
func (d Deps) follow(ctx context.Context, v *frontend.Visit, id string) (session string, err error) {
	var in signins.Attempt
	var up signups.Attempt
	for stored, into := range map[*json.RawMessage]any{&v.Client.SignIn: &in, &v.Client.SignUp: &up} {
		if *stored != nil {
			if err := json.Unmarshal(*stored, into); err != nil {
				return "", err
			}
		}
	}
	switch id {
	case in.ID:
		next, err := d.FollowSignIn(ctx, v, &in)
		if err != nil {
			return "", err
		}
		return next.Session, nil
	case up.ID:
		next, err := d.FollowSignUp(ctx, v, &up)
		if err != nil {
			return "", err
		}
		return next.Session, nil
	}
	return "", d.verify(ctx, v, id)
}

// verify verifies the address of a link that a user asked for who is signed in.
func (d Deps) verify(ctx context.Context, v *frontend.Visit, id string) error {
	live, err := d.Accounts.Clients.Live(ctx, v.Client)
	if err != nil {
		return err
	}
	for i := range live {
		u := live[i].User
		for j := range u.Contacts {
			if contacts.LinkOf(u, u.Contacts[j].ID) == id {
				_, err := d.Accounts.Contacts.Follow(ctx, v.Actor(&live[i]), u.Kuid, u.Contacts[j].ID, true)
				return frontend.Refused(err)
			}
		}
	}
	return edge.StateInvalid.New()
}

// unknown answers to a link that is none.
func (d Deps) unknown(req *api.Request) (any, error) {
	return d.page(req, &strategies.Page{Title: "This link does not work", Text: "It was replaced by another, or is too old. Go back to the application and ask for another link."})
}

// page answers with a page. Its form must say that it comes from this server.
func (d Deps) page(req *api.Request, p *strategies.Page) (any, error) {
	answer, err := kuzzleview.Steps{Loopback: frontend.Of(req).MayDevelop()}.Answer(req, &strategies.Step{Page: p}, url.Values{})
	req.SetHeader("Referrer-Policy", "same-origin")
	return answer, err
}

// Parameters with which a browser returns to the application.
const (
	statusParameter  = "__clerk_status"
	sessionParameter = "__clerk_created_session"
)

// back leads back to the application.
func (d Deps) back(req *api.Request, link *codes.Link, status, session string) (any, error) {
	parameters := url.Values{statusParameter: {status}}
	if session != "" {
		parameters.Set(sessionParameter, clerksessions.ID(session))
	}
	answer, ok := lead(req, link.Redirect, parameters)
	if !ok {
		return d.unknown(req) // its origin may no longer call
	}
	return answer, nil
}
