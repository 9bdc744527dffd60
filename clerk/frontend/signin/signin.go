package signin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/attempt"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Deps are the dependencies of the actions.
type Deps struct {
	attempt.Keeper
	Dialect *api.Dialect
}

type controller struct{ Deps }

// Name is the name of the controller.
const Name = "clerk-sign-in"

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "Signing in, in Clerk's Frontend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			api.Action[beginning, frontend.Answer]{
				Name: frontend.CreateSignIn, Routes: api.Routes{"POST /client/sign_ins"}, Summary: "Begins to sign somebody in.", Secret: true, Run: c.create,
			},
			api.Action[byID, frontend.Answer]{
				Name: frontend.GetSignIn, Routes: api.Routes{"GET /client/sign_ins/{sign_in_id}"}, Summary: "Returns the browser's sign-in.", Secret: true, Run: c.get,
			},
			api.Action[preparing, frontend.Answer]{
				Name: frontend.PrepareFirstFactor, Routes: api.Routes{"POST /client/sign_ins/{sign_in_id}/prepare_first_factor"}, Summary: "Sends a code or a link for the first factor.", Secret: true, Run: c.prepare,
			},
			api.Action[resetting, frontend.Answer]{
				Name: frontend.ResetPassword, Routes: api.Routes{"POST /client/sign_ins/{sign_in_id}/reset_password"}, Summary: "Sets another password after a reset code.", Secret: true, Run: c.reset,
			},
			api.Action[proving, frontend.Answer]{
				Name: frontend.AttemptFirstFactor, Routes: api.Routes{"POST /client/sign_ins/{sign_in_id}/attempt_first_factor"}, Summary: "Proves the first factor.", Secret: true, Run: c.first,
			},
			api.Action[proving, frontend.Answer]{
				Name: frontend.AttemptSecondFactor, Routes: api.Routes{"POST /client/sign_ins/{sign_in_id}/attempt_second_factor"}, Summary: "Proves the second factor.", Secret: true, Run: c.second,
			},
		},
	}
}

type byID struct {
	ID string `arg:"sign_in_id,required"`
}

// proof has the arguments of a proof. A strategy of the instance that Clerk does not know takes the
// other members of the body.
type proof struct {
	Strategy edge.Text `body:"strategy"`
	Password edge.Text `body:"password"`
	Code     edge.Text `body:"code"`
	Ticket   edge.Text `body:"ticket"`
}

type beginning struct {
	Identifier edge.Text `body:"identifier"`
	OrSignUp   edge.Text `body:"sign_up_if_missing"`
	Transfer   edge.Text `body:"transfer"`
	proof
}

type proving struct {
	byID
	proof
}

type preparing struct {
	byID
	Strategy edge.Text `body:"strategy"`
	Email    edge.Text `body:"email_address_id"`
	Phone    edge.Text `body:"phone_number_id"`
	Redirect edge.Text `body:"redirect_url"`
}

type resetting struct {
	byID
	Password edge.Text `body:"password"`
}

// current returns the sign-in of the browser with an id.
func (c *controller) current(v *frontend.Visit, id string) (*signins.Attempt, error) {
	if v.Client == nil {
		return nil, edge.NotFound.New()
	}
	return attempt.Among(view.SignInID, id, v.Client.SignIn)
}

func (c *controller) get(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
	v := frontend.Of(req)
	if v.Client == nil {
		return frontend.Answer{}, edge.NotFound.New()
	}
	a, err := attempt.Among(view.SignInID, args.ID, v.Client.SignIn, v.Client.Done)
	if err != nil {
		return frontend.Answer{}, err
	}
	opened, err := c.Accounts.SignIns.Followed(ctx, a)
	if err == nil && opened && !v.Late {
		return c.follow(ctx, v, a)
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.answer(ctx, v, a)
}

// follow goes on with a sign-in whose link was opened. The page that waits asks for it again and again.
func (c *controller) follow(ctx context.Context, v *frontend.Visit, a *signins.Attempt) (frontend.Answer, error) {
	next, err := c.Keeper.FollowSignIn(ctx, v, a)
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.answer(ctx, v, next)
}

func (c *controller) answer(ctx context.Context, v *frontend.Visit, a *signins.Attempt) (frontend.Answer, error) {
	shown, err := c.SignIn(ctx, a)
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.Answer(ctx, v, shown)
}

// maxIdentifier is the longest identifier, in bytes: it is stored with the browser, whether or not
// somebody has it.
const maxIdentifier = 1024

// create begins a sign-in. With a proof it also goes on.
func (c *controller) create(ctx context.Context, req *api.Request, args beginning) (frontend.Answer, error) {
	v := frontend.Of(req)
	if err := c.Alone(ctx, v); err != nil {
		return frontend.Answer{}, err
	}
	if args.Transfer.Value == yes {
		return c.transfer(ctx, v)
	}
	identifier, r := strings.TrimSpace(args.Identifier.Value), c.Users.Rules.Now()
	if len(identifier) > maxIdentifier {
		return frontend.Answer{}, edge.Refusal(edge.SizeExceeded, "identifier")
	}
	var may []string
	if args.OrSignUp.Value == yes {
		may = newcomers(r)
	}
	a, err := c.Accounts.SignIns.BeginOr(ctx, v.Actor(nil), identifier, r.HideIdentifiers, may...)
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	switch strategy := args.Strategy.Value; {
	case args.Password.Is(), strategy != "" && strategy != view.Password && !signins.ByCode(strategy), args.Ticket.Is():
		if a, err = c.prove(ctx, req, v, a, args.proof); err != nil {
			return frontend.Answer{}, err
		}
	}
	return c.keep(ctx, v, a)
}

// yes is a flag of a form.
const yes = "true"

// newcomers returns the kinds of addresses with which everybody may sign up.
func newcomers(r *rules.Rules) (kinds []string) {
	if r.SignUp != rules.Public {
		return nil
	}
	if r.Email != rules.Off {
		kinds = append(kinds, users.Email)
	}
	if r.Phone != rules.Off {
		kinds = append(kinds, users.Phone)
	}
	return kinds
}

// transfer signs somebody in who signed up and has an account, by the proof of the sign-up.
func (c *controller) transfer(ctx context.Context, v *frontend.Visit) (frontend.Answer, error) {
	if v.Client == nil || v.Client.SignUp == nil {
		return frontend.Answer{}, edge.StateInvalid.New()
	}
	var up signups.Attempt
	if err := json.Unmarshal(v.Client.SignUp, &up); err != nil {
		return frontend.Answer{}, err
	}
	if up.Last == nil {
		return frontend.Answer{}, edge.StateInvalid.New()
	}
	a, err := c.Accounts.SignIns.Transfer(ctx, v.Actor(nil), up.Last, c.Lifetime())
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	return c.keep(ctx, v, a)
}

func (c *controller) first(ctx context.Context, req *api.Request, args proving) (frontend.Answer, error) {
	v := frontend.Of(req)
	a, err := c.current(v, args.ID)
	if err == nil {
		err = c.Alone(ctx, v)
	}
	if err == nil {
		a, err = c.prove(ctx, req, v, a, args.proof)
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	return c.keep(ctx, v, a)
}

// prove proves the first factor of a sign-in.
func (c *controller) prove(ctx context.Context, req *api.Request, v *frontend.Visit, a *signins.Attempt, given proof) (*signins.Attempt, error) {
	strategy := given.Strategy.Value
	if strategy == "" && given.Password.Is() {
		strategy = view.Password
	}
	if strategy == "" && given.Ticket.Is() {
		strategy = view.Ticket
	}
	in := a.Names()
	switch {
	case strategy == view.Ticket:
		in = map[string]any{"ticket": given.Ticket.Value} // nobody signs up here, by fields that are not judged
	case strategy == "":
		return nil, edge.Refusal(edge.Missing, "strategy")
	case signins.ByCode(strategy):
		next, err := c.Accounts.SignIns.Code(ctx, v.Actor(nil), *a, strategy, given.Code.Value, c.Lifetime())
		if errors.Is(err, strategies.ErrRefused) {
			return nil, edge.Refusal(edge.CodeIncorrect, "code")
		}
		return next, frontend.Refused(err)
	case strategy == view.Password:
		if given.Password.Value == "" {
			return nil, edge.Refusal(edge.Nil, "password")
		}
		in[strategies.PasswordField] = given.Password.Value
	default:
		in = others(req)
	}
	next, err := c.Accounts.SignIns.First(ctx, v.Actor(nil), *a, view.Ours(strategy), in, c.Lifetime())
	if errors.Is(err, strategies.ErrRefused) {
		if strategy != view.Password {
			return nil, edge.Refusal(edge.CodeIncorrect, "code")
		}
		if a.Kuid == "" {
			return nil, edge.Refusal(edge.SomethingIncorrect, "password")
		}
		return nil, edge.Refusal(edge.PasswordIncorrect, "password")
	}
	return next, frontend.Refused(err)
}

// prepare sends a code.
func (c *controller) prepare(ctx context.Context, req *api.Request, args preparing) (frontend.Answer, error) {
	v := frontend.Of(req)
	a, err := c.current(v, args.ID)
	if err == nil {
		err = v.CanSend(args.Strategy.Value)
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	var link codes.Link
	base := ""
	if args.Strategy.Value == signins.EmailLink {
		if link, base, err = v.Link(args.Redirect); err != nil {
			return frontend.Answer{}, err
		}
	}
	next, err := c.Accounts.SignIns.Prepare(ctx, v.Actor(nil), *a, args.Strategy.Value, cmp.Or(args.Email.Value, args.Phone.Value), link, base)
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	return c.keep(ctx, v, next)
}

// reset sets another password.
func (c *controller) reset(ctx context.Context, req *api.Request, args resetting) (frontend.Answer, error) {
	v := frontend.Of(req)
	a, err := c.current(v, args.ID)
	if err == nil {
		err = c.Alone(ctx, v)
	}
	if err == nil && args.Password.Value == "" {
		err = edge.Refusal(edge.Nil, "password")
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	next, err := c.Accounts.SignIns.SetPassword(ctx, v.Actor(nil), *a, args.Password.Value, c.Lifetime())
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	return c.keep(ctx, v, next)
}

// others returns what a request gives to a strategy that Clerk does not know.
func others(req *api.Request) map[string]any {
	in := map[string]any{}
	for name, value := range req.BodyObject() {
		if name != "strategy" && name != "identifier" {
			in[name] = value
		}
	}
	return in
}

func (c *controller) second(ctx context.Context, req *api.Request, args proving) (frontend.Answer, error) {
	v := frontend.Of(req)
	a, err := c.current(v, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	in := others(req)
	if args.Strategy.Value == view.TOTP || args.Strategy.Value == view.BackupCode {
		if args.Code.Value == "" {
			return frontend.Answer{}, edge.Refusal(edge.Nil, "code")
		}
		in = map[string]any{"code": args.Code.Value}
	}
	next, err := c.Accounts.SignIns.Second(ctx, v.Actor(nil), *a, view.Ours(args.Strategy.Value), in)
	if errors.Is(err, strategies.ErrRefused) {
		return frontend.Answer{}, edge.Refusal(edge.CodeIncorrect, "code")
	}
	if err != nil {
		return frontend.Answer{}, frontend.Refused(err)
	}
	return c.keep(ctx, v, next)
}

// keep stores a sign-in with the browser.
func (c *controller) keep(ctx context.Context, v *frontend.Visit, a *signins.Attempt) (frontend.Answer, error) {
	if err := c.StoreSignIn(ctx, v, a); err != nil {
		return frontend.Answer{}, err
	}
	return c.answer(ctx, v, a)
}
