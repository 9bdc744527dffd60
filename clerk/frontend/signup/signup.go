package signup

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/attempt"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// Deps are the dependencies of the actions.
type Deps struct {
	attempt.Keeper
	Dialect *api.Dialect
}

type controller struct{ Deps }

// Name is the name of the controller.
const Name = "clerk-sign-up"

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "Signing up, in Clerk's Frontend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			api.Action[fields, frontend.Answer]{
				Name: frontend.CreateSignUp, Routes: api.Routes{"POST /client/sign_ups"}, Summary: "Begins to sign somebody up.", Secret: true, Run: c.create,
			},
			api.Action[byID, frontend.Answer]{
				Name: frontend.GetSignUp, Routes: api.Routes{"GET /client/sign_ups/{sign_up_id}"}, Summary: "Returns the browser's sign-up.", Secret: true, Run: c.get,
			},
			api.Action[updating, frontend.Answer]{
				Name: "updateSignUp", Routes: api.Routes{"PATCH /client/sign_ups/{sign_up_id}"}, Summary: "Changes what somebody gave.", Secret: true, Run: c.update,
			},
			api.Action[preparing, frontend.Answer]{
				Name: "prepareVerification", Routes: api.Routes{"POST /client/sign_ups/{sign_up_id}/prepare_verification"}, Summary: "Sends a code to an address.", Secret: true, Run: c.prepare,
			},
			api.Action[proving, frontend.Answer]{
				Name: frontend.AttemptVerification, Routes: api.Routes{"POST /client/sign_ups/{sign_up_id}/attempt_verification"}, Summary: "Verifies an address by a code.", Secret: true, Run: c.prove,
			},
		},
	}
}

type byID struct {
	ID string `arg:"sign_up_id,required"`
}

type fields struct {
	Email     edge.Text `body:"email_address"`
	Phone     edge.Text `body:"phone_number"`
	Username  edge.Text `body:"username"`
	Password  edge.Text `body:"password"`
	FirstName edge.Text `body:"first_name"`
	LastName  edge.Text `body:"last_name"`
	Locale    edge.Text `body:"locale"`
	Timezone  edge.Text `body:"timezone"`
	Unsafe    edge.Text `body:"unsafe_metadata"`
	Legal     edge.Text `body:"legal_accepted"`
	Strategy  edge.Text `body:"strategy"`
	Ticket    edge.Text `body:"ticket"`
	Transfer  edge.Text `body:"transfer"`
}

type updating struct {
	byID
	fields
}

type preparing struct {
	byID
	Strategy edge.Text `body:"strategy"`
	Redirect edge.Text `body:"redirect_url"`
}

type proving struct {
	byID
	Strategy edge.Text `body:"strategy"`
	Code     edge.Text `body:"code"`
}

// judge refuses names that no other action lets users choose, such as somebody's address as a username.
func (f *fields) judge() error {
	var j edge.Judging
	j.Text("first_name", f.FirstName, users.MaxDetail)
	j.Text("last_name", f.LastName, users.MaxDetail)
	if name := strings.TrimSpace(f.Username.Value); name != "" {
		j.Username("username", name)
	}
	return j.Err()
}

// change returns what a form changes.
func (f *fields) change() (signups.Change, error) {
	c := signups.Change{LegalAccepted: f.Legal.Value == "true"}
	if err := f.judge(); err != nil {
		return c, err
	}
	// The browser tells these, not the person.
	if !users.IsLocale(f.Locale.Value) || len(f.Locale.Value) > users.MaxDetail {
		f.Locale.Value = ""
	}
	if !users.IsTimezone(f.Timezone.Value) {
		f.Timezone.Value = ""
	}
	for _, one := range []struct {
		from *edge.Text
		into **string
	}{
		{&f.Email, &c.Email}, {&f.Phone, &c.Phone}, {&f.Username, &c.Username}, {&f.Password, &c.Password}, {&f.FirstName, &c.FirstName},
		{&f.LastName, &c.LastName}, {&f.Locale, &c.Locale}, {&f.Timezone, &c.Timezone},
	} {
		if one.from.Is() {
			value := one.from.Value
			if one.from != &f.Password {
				value = strings.TrimSpace(value)
			}
			*one.into = &value
		}
	}
	if f.Unsafe.Value != "" {
		if err := json.Unmarshal([]byte(f.Unsafe.Value), &c.Unsafe); err != nil || c.Unsafe == nil {
			return c, edge.Refusal(edge.ValueInvalid, "unsafe_metadata")
		}
	}
	return c, nil
}

// current returns the sign-up of the browser with an id.
func (c *controller) current(v *frontend.Visit, id string) (*signups.Attempt, error) {
	if v.Client == nil {
		return nil, edge.NotFound.New()
	}
	return attempt.Among(view.SignUpID, id, v.Client.SignUp)
}

func (c *controller) get(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
	v := frontend.Of(req)
	if v.Client == nil {
		return frontend.Answer{}, edge.NotFound.New()
	}
	a, err := attempt.Among(view.SignUpID, args.ID, v.Client.SignUp, v.Client.Done)
	if err != nil {
		return frontend.Answer{}, err
	}
	opened, err := c.Accounts.SignUps.Followed(ctx, a)
	if err == nil && opened && !v.Late {
		a, err = c.FollowSignUp(ctx, v, a)
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.Answer(ctx, v, c.SignUp(a))
}

// create begins a sign-up. With the ticket of an invitation, the strategy for tickets creates the user.
func (c *controller) create(ctx context.Context, req *api.Request, args fields) (frontend.Answer, error) {
	v := frontend.Of(req)
	if err := c.Alone(ctx, v); err != nil {
		return frontend.Answer{}, err
	}
	if args.Strategy.Value == view.Ticket || args.Ticket.Value != "" {
		return c.accept(ctx, v, &args)
	}
	if err := c.Open(); err != nil {
		return frontend.Answer{}, err
	}
	if args.Transfer.Value == "true" {
		return c.transfer(ctx, v, &args)
	}
	return c.change(ctx, v, *c.Accounts.SignUps.Begin(), &args)
}

// transfer signs somebody up who wanted to sign in and has no account, by the proof of the sign-in.
func (c *controller) transfer(ctx context.Context, v *frontend.Visit, given *fields) (frontend.Answer, error) {
	if v.Client == nil || v.Client.SignIn == nil {
		return frontend.Answer{}, edge.StateInvalid.New()
	}
	var in signins.Attempt
	if err := json.Unmarshal(v.Client.SignIn, &in); err != nil {
		return frontend.Answer{}, err
	}
	if in.Newcomer == nil {
		return frontend.Answer{}, edge.StateInvalid.New()
	}
	change, err := given.change()
	if err != nil {
		return frontend.Answer{}, err
	}
	a, err := c.Accounts.SignUps.Transfer(ctx, v.Actor(nil), in.Newcomer, change, c.Users.Rules.Now().HideIdentifiers)
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	return c.finish(ctx, v, a)
}

func (c *controller) update(ctx context.Context, req *api.Request, args updating) (frontend.Answer, error) {
	v := frontend.Of(req)
	a, err := c.current(v, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.change(ctx, v, *a, &args.fields)
}

// change changes a sign-up, and completes it if nothing is left.
func (c *controller) change(ctx context.Context, v *frontend.Visit, a signups.Attempt, given *fields) (frontend.Answer, error) {
	change, err := given.change()
	if err != nil {
		return frontend.Answer{}, err
	}
	next, err := c.Accounts.SignUps.Update(ctx, v.Actor(nil), a, change, c.Users.Rules.Now().HideIdentifiers)
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	return c.finish(ctx, v, next)
}

// kindOf returns the kind of contacts that a strategy verifies.
func kindOf(strategy string) (string, error) {
	switch strategy {
	case users.Email + "_code":
		return users.Email, nil
	case users.Phone + "_code":
		return users.Phone, nil
	}
	return "", edge.StrategyInvalid.New()
}

func (c *controller) prepare(ctx context.Context, req *api.Request, args preparing) (frontend.Answer, error) {
	v := frontend.Of(req)
	a, err := c.current(v, args.ID)
	if err == nil {
		err = v.CanSend(args.Strategy.Value)
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	if args.Strategy.Value == signins.EmailLink {
		link, base, refused := v.Link(args.Redirect)
		if refused != nil {
			return frontend.Answer{}, refused
		}
		a, err = c.Accounts.SignUps.PrepareLink(ctx, v.Actor(nil), *a, link, base)
	} else {
		kind, refused := kindOf(args.Strategy.Value)
		if refused != nil {
			return frontend.Answer{}, refused
		}
		a, err = c.Accounts.SignUps.Prepare(ctx, v.Actor(nil), *a, kind)
	}
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	return c.keep(ctx, v, a)
}

func (c *controller) prove(ctx context.Context, req *api.Request, args proving) (frontend.Answer, error) {
	v := frontend.Of(req)
	kind, err := kindOf(args.Strategy.Value)
	if err != nil {
		return frontend.Answer{}, err
	}
	a, err := c.current(v, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	next, err := c.Accounts.SignUps.Prove(ctx, v.Actor(nil), *a, kind, args.Code.Value)
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	// The code is used up, whatever comes of the rest.
	if _, err := c.keep(ctx, v, next); err != nil {
		return frontend.Answer{}, err
	}
	return c.finish(ctx, v, next)
}

// finish completes a sign-up to which nothing is left.
func (c *controller) finish(ctx context.Context, v *frontend.Visit, a *signups.Attempt) (frontend.Answer, error) {
	next, err := c.FinishSignUp(ctx, v, a)
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.Answer(ctx, v, c.SignUp(next))
}

// keep stores a sign-up with the browser.
func (c *controller) keep(ctx context.Context, v *frontend.Visit, a *signups.Attempt) (frontend.Answer, error) {
	if err := c.StoreSignUp(ctx, v, a); err != nil {
		return frontend.Answer{}, err
	}
	return c.Answer(ctx, v, c.SignUp(a))
}

// accept signs somebody up with the ticket of an invitation. If its address has a user, it signs that
// user in.
func (c *controller) accept(ctx context.Context, v *frontend.Visit, given *fields) (frontend.Answer, error) {
	in := map[string]any{
		"ticket": given.Ticket.Value, "password": given.Password.Value, "username": strings.TrimSpace(given.Username.Value),
		"firstName": strings.TrimSpace(given.FirstName.Value), "lastName": strings.TrimSpace(given.LastName.Value), "legalAccepted": given.Legal.Value == "true",
	}
	for name, value := range in {
		if value == "" {
			delete(in, name)
		}
	}
	err := given.judge()
	var begun *signins.Attempt
	if err == nil {
		begun, err = c.Accounts.SignIns.Begin(ctx, v.Actor(nil), "", true)
	}
	if err == nil {
		begun, err = c.Accounts.SignIns.First(ctx, v.Actor(nil), *begun, view.Ticket, in, c.Lifetime())
	}
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	if begun.Session == "" {
		return frontend.Answer{}, edge.StateInvalid.New()
	}
	live, _, err := sessions.Hold(c.Accounts.Sessions).Valid(ctx, begun.Session)
	if err != nil {
		return frontend.Answer{}, err
	}
	a := c.Accounts.SignUps.Begin()
	a.Session, a.Kuid = begun.Session, live.Kuid
	return c.keep(ctx, v, a)
}
