package clients

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// byID has the arguments of actions on one session.
type byID struct {
	ID string `arg:"session_id,required"`
}

func (c *controller) session(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
	v := frontend.Of(req)
	live, err := v.Session(ctx, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	shown, err := c.Session(ctx, live, "")
	return frontend.Answer{Response: shown}, err
}

// Statuses of sessions that ended.
const (
	ended   = "ended"
	removed = "removed"
)

func (c *controller) end(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
	return c.leave(ctx, req, args, ended)
}

func (c *controller) remove(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
	return c.leave(ctx, req, args, removed)
}

// leave ends a session.
func (c *controller) leave(ctx context.Context, req *api.Request, args byID, status string) (frontend.Answer, error) {
	v := frontend.Of(req)
	live, err := v.Session(ctx, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	shown, err := c.Session(ctx, live, status)
	if err == nil {
		err = c.finish(ctx, v, []clients.Live{*live})
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.Answer(ctx, v, shown)
}

// finish ends sessions of a browser.
func (c *controller) finish(ctx context.Context, v *frontend.Visit, over []clients.Live) error {
	if err := v.End(ctx, over); err != nil {
		return err
	}
	gone := map[string]bool{}
	for i := range over {
		gone[over[i].ID] = true
	}
	then, err := c.Accounts.Clients.Change(ctx, v.Client, func(in *clients.Part) error {
		in.Drop(func(id string) bool { return gone[id] })
		return nil
	})
	if err != nil {
		return frontend.Refused(err)
	}
	left, err := c.Accounts.Clients.Live(ctx, then)
	if err == nil {
		v.Remember(then, len(left), "")
	}
	return err
}

func (c *controller) endAll(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	v := frontend.Of(req)
	if err := c.finishAll(ctx, v); err != nil {
		return frontend.Answer{}, err
	}
	shown, err := c.Client(ctx, v)
	if shown == nil {
		return frontend.Answer{}, err
	}
	return frontend.Answer{Response: shown, Client: shown}, err
}

func (c *controller) finishAll(ctx context.Context, v *frontend.Visit) error {
	if v.Client == nil || !v.Client.Stored() {
		return nil
	}
	live, err := c.Accounts.Clients.Live(ctx, v.Client)
	if err != nil {
		return err
	}
	return c.finish(ctx, v, live)
}

func (c *controller) delete(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	v := frontend.Of(req)
	if err := c.finishAll(ctx, v); err != nil {
		return frontend.Answer{}, err
	}
	if v.Client != nil {
		if err := c.Accounts.Clients.Delete(ctx, v.Client); err != nil {
			return frontend.Answer{}, err
		}
	}
	v.Forget()
	return frontend.Answer{}, nil
}

type touching struct {
	byID
	Organization edge.Text `body:"active_organization_id"`
}

// touch makes a session the last one of its browser.
func (c *controller) touch(ctx context.Context, req *api.Request, args touching) (frontend.Answer, error) {
	v := frontend.Of(req)
	live, err := v.Session(ctx, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	if args.Organization.Given {
		if err := c.act(ctx, live, args.Organization.Value); err != nil {
			return frontend.Answer{}, err
		}
	}
	if v.Client.Last != live.ID {
		then, err := c.Accounts.Clients.Change(ctx, v.Client, func(in *clients.Part) error {
			in.Last = live.ID
			return nil
		})
		if err != nil {
			return frontend.Answer{}, frontend.Refused(err)
		}
		v.Client = then
	}
	shown, err := c.Client(ctx, v)
	if err != nil {
		return frontend.Answer{}, err
	}
	v.Remember(v.Client, len(shown.Sessions), "")
	for i := range shown.Sessions {
		if shown.Sessions[i].ID == args.ID {
			return frontend.Answer{Response: &shown.Sessions[i], Client: shown}, nil
		}
	}
	return frontend.Answer{}, edge.SignedOut.New() // it ended meanwhile
}

// act makes a session act for an organization, "" for none.
func (c *controller) act(ctx context.Context, live *clients.Live, organization string) error {
	acting, err := c.acting(ctx, live, organization)
	if err != nil {
		return err
	}
	if acting == nil && live.Acting == nil || acting != nil && live.Acting != nil && *acting == *live.Acting {
		return nil
	}
	return frontend.Refused(sessions.Hold(c.Accounts.Sessions).Act(ctx, live.ID, acting))
}

// acting returns the user's membership of an organization, nil for "".
func (c *controller) acting(ctx context.Context, live *clients.Live, organization string) (*sessions.Acting, error) {
	if organization == "" {
		return nil, nil
	}
	if c.Users.Rules.Now().NoOrganizations {
		return nil, edge.OrganizationsOff.New()
	}
	m, err := c.Accounts.Organizations.Members.Membership(ctx, organization, live.Kuid)
	if errors.Is(err, organizations.ErrNoMember) || errors.Is(err, organizations.ErrNotFound) {
		return nil, edge.OrganizationNotFound.New()
	}
	return &sessions.Acting{Organization: m.Organization, Membership: m.ID}, err
}

type tokenOf struct {
	byID
	Organization edge.Text `body:"organization_id"`
}

// token makes a token of a session.
func (c *controller) token(ctx context.Context, req *api.Request, args tokenOf) (clerksessions.Token, error) {
	v := frontend.Of(req)
	live, err := v.Session(ctx, args.ID)
	if err != nil {
		return clerksessions.Token{}, err
	}
	s := live.Session
	if args.Organization.Given && (s.Acting == nil || s.Acting.Organization != args.Organization.Value) {
		if s.Acting, err = c.acting(ctx, live, args.Organization.Value); err != nil {
			return clerksessions.Token{}, err
		}
	}
	return c.Tokens.Session(ctx, s, live.User, v.Origin)
}

type templateTokenOf struct {
	byID
	Template string `arg:"template_name,required"`
}

func (c *controller) templateToken(ctx context.Context, req *api.Request, args templateTokenOf) (clerksessions.Token, error) {
	live, err := frontend.Of(req).Session(ctx, args.ID)
	if err != nil {
		return clerksessions.Token{}, err
	}
	return c.Tokens.FromTemplate(ctx, live.Session, args.Template)
}
