package local

import (
	"context"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// Controller is the controller of the strategy's own actions.
	Controller = "kuzzle-plugin-auth-passport-local/password"
	// ResetFactor is the factor that a reset token proves.
	ResetFactor = "password-reset"

	resetKind  = "reset"
	tokenField = "token"
	// stampField holds the time when the token's password was set. After the password was replaced
	// in another way, the token is void.
	stampField = "at"
)

// Actions implements strategies.Actions.
func (s *Strategy) Actions() []strategies.Action {
	return []strategies.Action{
		{
			Controller: Controller, Name: "getResetPasswordToken",
			Routes: []string{
				"GET /_/password/resetToken/{_id}",
				"GET /_plugin/kuzzle-plugin-auth-passport-local/password/resetToken/{_id}",
			},
			Summary: "Makes a token by which a user may set a new password, once.",
			Answers: []any{ResetToken{}}, Run: s.getResetToken,
		},
		{
			Controller: Controller, Name: "requestReset",
			Routes:  []string{"POST /_/password/requestReset"},
			Summary: "Has a token sent to the user of a name, if there is one, by which the user may set a new password, once.",
			Takes:   oneName{}, Answers: []any{ResetRequested{}}, Run: s.requestReset,
		},
		{
			Controller: Controller, Name: "reset",
			Routes: []string{
				"POST /_/password/reset",
				"POST /_plugin/kuzzle-plugin-auth-passport-local/password/reset",
			},
			Summary: "Sets a new password with a reset token, and logs in.",
			Takes:   newPassword{}, Answers: []any{strategies.Session{}, strategies.Challenge{}}, Run: s.reset,
		},
	}
}

// oneName and newPassword are the forms of the bodies.
type (
	oneName struct {
		Username string `json:"username,omitempty"`
		Email    string `json:"email,omitempty"`
		Phone    string `json:"phone,omitempty"`
	}
	newPassword struct {
		Password string `json:"password"`
		Token    string `json:"token"`
	}
)

// ResetToken is the result of getResetPasswordToken.
type ResetToken struct {
	ResetToken string `json:"resetToken"`
}

func (s *Strategy) getResetToken(ctx context.Context, call strategies.Call) (any, error) {
	kuid, isText := call.Args["_id"].(string)
	switch {
	case call.Args["_id"] == nil || kuid == "" && isText:
		return nil, assert.Missing.New("_id")
	case !isText:
		return nil, assert.InvalidType.New("_id", "string")
	}
	found, ok, err := s.host.Find(ctx, kuid)
	switch {
	case err != nil:
		return nil, err
	case !ok || len(found.Records) == 0:
		return nil, ErrUnknownUser.New()
	}
	token, err := s.resetToken(ctx, found, false)
	if err != nil {
		return nil, err
	}
	return ResetToken{ResetToken: token}, nil
}

// reset checks everything before it uses up the token: if a policy refuses the password, the user
// can try another with the same token.
func (s *Strategy) reset(ctx context.Context, call strategies.Call) (any, error) {
	password, token, err := resetInput(call)
	if err != nil {
		return nil, err
	}
	flow, err := s.host.Flows().Peek(ctx, token)
	if err != nil {
		return nil, tokenFault(err)
	}
	who, err := s.host.Subject(ctx, flow.Kuid, strategies.Actor{Kuid: flow.Kuid, Self: true}, strategies.Reset)
	if err != nil {
		return nil, err
	}
	if flow.Kind != resetKind || len(who.Records) == 0 || flow.Value[stampField] != stamp(who.Records[0]) {
		return nil, ErrInvalidToken.New()
	}
	draft, err := s.Check(ctx, who, strategies.Credentials{passwordField: password})
	if err != nil {
		return nil, err
	}
	rec, err := draft.Seal(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := s.host.Flows().Take(ctx, token); err != nil {
		return nil, tokenFault(err)
	}
	out := strategies.Outcome{Kuid: who.Kuid, Factor: ResetFactor, Put: []strategies.Record{rec}, Must: true, Revoke: true}
	if old := who.Records[0]; !isOurs(old) {
		out.Drop = []strategies.Record{old}
	}
	expiresIn, _ := call.Args["expiresIn"].(string)
	session, step, err := s.host.Login(ctx, out, expiresIn)
	if err == nil && step != nil {
		return step.Challenge, nil
	}
	return session, err
}

// resetInput checks the body in Kuzzle's order.
func resetInput(call strategies.Call) (password, token string, err error) {
	if call.Body == nil {
		return "", "", assert.BodyRequired.New()
	}
	password, given, err := text(call.Body, passwordField, strategies.MaxPassword)
	if err != nil {
		return "", "", err
	}
	if !given || strings.TrimSpace(password) == "" {
		return "", "", ErrMissing.New(passwordField)
	}
	token, given, err = text(call.Body, tokenField, strategies.MaxPassword)
	if err == nil && !given {
		err = ErrMissing.New(tokenField)
	}
	return password, token, err
}

// stamp returns a text, since JSON would turn a number in a flow into a float64.
func stamp(rec strategies.Record) string {
	at, _ := chosen(rec, "")
	return at.UTC().Format("2006-01-02T15:04:05.000Z07:00")
}

func tokenFault(err error) error {
	switch {
	case errors.Is(err, strategies.ErrFlowExpired):
		return ErrExpiredToken.New()
	case errors.Is(err, strategies.ErrFlowUnknown):
		return ErrInvalidToken.New()
	}
	return err
}
