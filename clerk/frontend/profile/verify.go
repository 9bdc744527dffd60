package profile

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
)

// verifications returns the actions by which a session proves its user again.
func (c *controller) verifications() []api.Declared {
	path := "POST /client/sessions/{session_id}/verify"
	return []api.Declared{
		api.Action[verifying, frontend.Answer]{
			Name: frontend.VerifySession, Routes: api.Routes{path}, Summary: "Tells which proofs a session can give again.", Secret: true, Run: c.verify,
		},
		api.Action[factorProof, frontend.Answer]{
			Name: frontend.ProveFirstAgain, Routes: api.Routes{path + "/attempt_first_factor"}, Summary: "Proves the password again.", Secret: true, Run: c.firstAgain,
		},
		api.Action[factorProof, frontend.Answer]{
			Name: frontend.ProveSecondAgain, Routes: api.Routes{path + "/attempt_second_factor"}, Summary: "Proves a second factor again.", Secret: true, Run: c.secondAgain,
		},
	}
}

type verifying struct {
	sessionByID
	Level edge.Text `body:"level"`
}

type factorProof struct {
	sessionByID
	Strategy edge.Text `body:"strategy"`
	Password edge.Text `body:"password"`
	Code     edge.Text `body:"code"`
}

// Reverification is the state of a session's proofs. Nothing of it is stored but the proofs.
type Reverification struct {
	Object             string             `json:"object"`
	Status             string             `json:"status"`
	Level              string             `json:"level"`
	FirstFactors       []view.Factor      `json:"supported_first_factors"`
	SecondFactors      []view.Factor      `json:"supported_second_factors"`
	FirstVerification  *view.Verification `json:"first_factor_verification"`
	SecondVerification *view.Verification `json:"second_factor_verification"`
	Session            *view.Session      `json:"session"`
}

// Levels, and the statuses of a verification.
const (
	firstLevel  = "first_factor"
	secondLevel = "second_factor"
	bothLevels  = "multi_factor"

	needsFirst  = "needs_first_factor"
	needsSecond = "needs_second_factor"
	complete    = "complete"
)

// of returns the session that a request verifies, and its user.
func (c *controller) of(ctx context.Context, req *api.Request, id string) (*self, error) {
	v := frontend.Of(req)
	live, err := v.Session(ctx, id)
	if err != nil {
		return nil, err
	}
	return &self{v: v, live: live, by: v.Actor(live)}, nil
}

// verify begins: with the second factor if one is wanted and the user has one, else with the first.
func (c *controller) verify(ctx context.Context, req *api.Request, args verifying) (frontend.Answer, error) {
	s, err := c.of(ctx, req, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	status := needsFirst
	switch args.Level.Value {
	case secondLevel, "":
		if len(c.seconds(s.live.User)) > 0 {
			status = needsSecond
		}
	case firstLevel, bothLevels:
	default:
		return frontend.Answer{}, edge.Refusal(edge.ValueInvalid, "level")
	}
	return c.reverified(ctx, s, status, args.Level.Value)
}

func (c *controller) reverified(ctx context.Context, s *self, status, level string) (frontend.Answer, error) {
	if level == "" {
		level = firstLevel
		if len(c.seconds(s.live.User)) > 0 {
			level = secondLevel
		}
	}
	out := Reverification{Object: "session_reverification", Status: status, Level: level, FirstFactors: []view.Factor{}, SecondFactors: c.seconds(s.live.User)}
	if c.Accounts.SignIns.HasPassword(s.live.User) {
		out.FirstFactors = append(out.FirstFactors, view.Factor{Strategy: view.Password})
	}
	var err error
	if out.Session, err = c.Session(ctx, s.live, ""); err != nil {
		return frontend.Answer{}, err
	}
	return c.answer(ctx, s, out, nil)
}

// seconds lists a user's second factors.
func (c *controller) seconds(u *users.User) []view.Factor {
	all := []view.Factor{}
	for _, name := range c.Accounts.Registry.FactorsOf(u.Records) {
		all = append(all, view.Factor{Strategy: view.Strategy(name), Default: len(all) == 0})
	}
	return all
}

func (c *controller) firstAgain(ctx context.Context, req *api.Request, args factorProof) (frontend.Answer, error) {
	s, err := c.of(ctx, req, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	switch {
	case args.Strategy.Value != view.Password || !c.Accounts.SignIns.HasPassword(s.live.User):
		return frontend.Answer{}, edge.StrategyInvalid.New()
	case args.Password.Value == "":
		return frontend.Answer{}, edge.Refusal(edge.Nil, passwordParam)
	}
	in := map[string]any{users.UsernameField: nameOf(s.live.User), strategies.PasswordField: args.Password.Value}
	next := complete
	if len(c.seconds(s.live.User)) > 0 {
		next = needsSecond
	}
	return c.proved(ctx, req, s, args, in, next, edge.Refusal(edge.PasswordIncorrect, passwordParam))
}

func (c *controller) secondAgain(ctx context.Context, req *api.Request, args factorProof) (frontend.Answer, error) {
	s, err := c.of(ctx, req, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	switch {
	case c.Accounts.Registry.SecondFactor(view.Ours(args.Strategy.Value)) == nil:
		return frontend.Answer{}, edge.StrategyInvalid.New()
	case args.Code.Value == "":
		return frontend.Answer{}, edge.Refusal(edge.Nil, "code")
	}
	return c.proved(ctx, req, s, args, map[string]any{"code": args.Code.Value}, complete, edge.Refusal(edge.CodeIncorrect, "code"))
}

// proved proves a factor in the session, and answers with the next status.
func (c *controller) proved(ctx context.Context, req *api.Request, s *self, args factorProof, in map[string]any, next string, wrong error) (frontend.Answer, error) {
	err := c.Accounts.Logins.Prove(ctx, s.by, view.Ours(args.Strategy.Value), in)
	if errors.Is(err, strategies.ErrRefused) {
		err = wrong
	}
	if err != nil {
		return c.answer(ctx, s, nil, err)
	}
	if s, err = c.of(ctx, req, args.ID); err != nil {
		return frontend.Answer{}, err
	}
	return c.reverified(ctx, s, next, "")
}
