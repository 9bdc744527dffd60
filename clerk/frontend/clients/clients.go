package clients

import (
	"context"
	"net/http"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Deps are the dependencies of the actions.
type Deps struct {
	*view.Maker
	Dialect *api.Dialect
}

type controller struct{ Deps }

// Name is the name of the controller.
const Name = "clerk-client"

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "The browser and its sessions, in Clerk's Frontend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			api.Action[api.None, Browser]{
				Name: frontend.CreateBrowser, Routes: api.Routes{"POST /dev_browser"}, Summary: "Makes a token for a browser of a development instance.", Secret: true, Run: c.browser,
			},
			api.Action[api.None, frontend.Answer]{
				Name: frontend.GetClient, Routes: api.Routes{"GET /client"}, Summary: "Returns the browser's sessions and unfinished attempts.", Secret: true, Run: c.get,
			},
			api.Action[api.None, frontend.Answer]{
				Name: frontend.CreateClient, Routes: api.Routes{"PUT /client", "POST /client"}, Summary: "Stores the browser.", Secret: true, Run: c.create,
			},
			api.Action[api.None, frontend.Answer]{
				Name: "deleteClient", Routes: api.Routes{"DELETE /client"}, Summary: "Ends all sessions of the browser and forgets it.", Run: c.delete,
			},
			api.Action[api.None, frontend.Answer]{
				Name: "deleteClientSessions", Routes: api.Routes{"DELETE /client/sessions"}, Summary: "Ends all sessions of the browser.", Run: c.endAll,
			},
			api.Action[touching, frontend.Answer]{
				Name: frontend.TouchSession, Routes: api.Routes{"POST /client/sessions/{session_id}/touch"}, Summary: "Makes a session the browser's last one, or makes it act for an organization.", Secret: true, Run: c.touch,
			},
			api.Action[byID, frontend.Answer]{
				Name: frontend.GetSession, Routes: api.Routes{"GET /client/sessions/{session_id}"}, Summary: "Returns a session of the browser.", Secret: true, Run: c.session,
			},
			api.Action[byID, frontend.Answer]{
				Name: frontend.EndSession, Routes: api.Routes{"POST /client/sessions/{session_id}/end"}, Summary: "Ends a session of the browser.", Run: c.end,
			},
			api.Action[byID, frontend.Answer]{
				Name: frontend.RemoveSession, Routes: api.Routes{"POST /client/sessions/{session_id}/remove"}, Summary: "Ends a session of the browser.", Run: c.remove,
			},
			api.Action[tokenOf, clerksessions.Token]{
				Name: frontend.CreateToken, Routes: api.Routes{"POST /client/sessions/{session_id}/tokens"}, Summary: "Makes a token of a session.", Secret: true, Run: c.token,
			},
			api.Action[templateTokenOf, clerksessions.Token]{
				Name: "createTemplateToken", Routes: api.Routes{"POST /client/sessions/{session_id}/tokens/{template_name}"}, Summary: "Makes a token from a template.", Secret: true, Run: c.templateToken,
			},
			api.Action[handshaking, api.WithStatus]{
				Name: frontend.Handshake, Routes: api.Routes{"GET /client/handshake"}, Summary: "Sends the browser back to its application with its state.", Secret: true, Run: c.handshake,
			},
			api.Action[renewing, api.WithStatus]{
				Name: "touchClient", Routes: api.Routes{"GET /client/touch"}, Summary: "Renews the browser's cookie by a navigation.", Run: c.renew,
			},
		},
	}
}

// Browser has the token of a browser of a development instance.
type Browser struct {
	ID string `json:"id"`
}

func (c *controller) browser(ctx context.Context, req *api.Request, _ api.None) (Browser, error) {
	if !frontend.Of(req).MayDevelop() {
		return Browser{}, edge.NoURLSyncing.New()
	}
	token, err := c.Accounts.Clients.Draw(ctx)
	return Browser{token}, err
}

// bare is an answer whose response is the browser's state.
func bare(shown *view.Client) frontend.Answer {
	if shown == nil {
		return frontend.Answer{}
	}
	return frontend.Answer{Response: shown}
}

func (c *controller) get(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	v := frontend.Of(req)
	shown, err := c.Client(ctx, v)
	switch {
	case err != nil:
		return frontend.Answer{}, err
	case v.Late: // the cookies say more than this state
	case shown == nil:
		v.Remember(nil, 0, "")
	default:
		v.Remember(v.Client, len(shown.Sessions), "")
	}
	return bare(shown), nil
}

func (c *controller) create(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	v := frontend.Of(req)
	if v.Client == nil || !v.Client.Stored() {
		begun, token := v.Client, ""
		if begun == nil {
			begun, token = c.Accounts.Clients.Begin()
		}
		stored, err := c.Accounts.Clients.Change(ctx, begun, func(*clients.Part) error { return nil })
		if err != nil {
			return frontend.Answer{}, err
		}
		v.Remember(stored, 0, token)
	}
	shown, err := c.Client(ctx, v)
	return bare(shown), err
}

type renewing struct {
	To edge.Text `arg:"redirect_url"`
}

func (c *controller) renew(_ context.Context, req *api.Request, args renewing) (api.WithStatus, error) {
	v := frontend.Of(req)
	if _, ok := v.Allows(args.To.Value); !ok {
		return api.WithStatus{}, edge.Refusal(edge.RedirectForeign, "redirect_url")
	}
	v.Renew()
	req.SetHeader("Location", args.To.Value)
	return api.WithStatus{Status: http.StatusTemporaryRedirect, Result: api.Raw{}}, nil
}
