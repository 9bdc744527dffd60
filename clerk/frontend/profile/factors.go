package profile

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/enrolment"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

// factors returns the actions on second factors.
func (c *controller) factors() []api.Declared {
	return []api.Declared{
		api.Action[api.None, frontend.Answer]{
			Name: frontend.CreateTOTP, Routes: api.Routes{"POST /me/totp"}, Summary: "Makes a secret for an authenticator app.", Secret: true, Run: c.createTOTP,
		},
		api.Action[codeProof, frontend.Answer]{
			Name: frontend.VerifyTOTP, Routes: api.Routes{"POST /me/totp/attempt_verification"}, Summary: "Enrols an authenticator app by its first code, and makes the user's first backup codes.", Secret: true, Run: c.verifyTOTP,
		},
		api.Action[api.None, frontend.Answer]{
			Name: "deleteMyTOTP", Routes: api.Routes{"DELETE /me/totp"}, Summary: "Removes the authenticator app, and the backup codes.", Secret: true, Run: c.deleteTOTP,
		},
		api.Action[api.None, frontend.Answer]{
			Name: frontend.CreateCodes, Routes: api.Routes{"POST /me/backup_codes"}, Summary: "Makes backup codes in place of the former ones.", Secret: true, Run: c.createCodes,
		},
	}
}

// TOTP is an authenticator app. The secret is shown only once, when it is made; backup codes are shown
// when the app is enrolled, if the instance has them and the user had none.
type TOTP struct {
	Object      string   `json:"object"`
	ID          string   `json:"id"`
	Secret      *string  `json:"secret"`
	URI         *string  `json:"uri"`
	Verified    bool     `json:"verified"`
	BackupCodes []string `json:"backup_codes"`
	CreatedAt   int64    `json:"created_at"`
	UpdatedAt   int64    `json:"updated_at"`
}

// BackupCodes are new backup codes, which are shown only once.
type BackupCodes struct {
	Object    string   `json:"object"`
	ID        string   `json:"id"`
	Codes     []string `json:"codes"`
	CreatedAt int64    `json:"created_at"`
	UpdatedAt int64    `json:"updated_at"`
}

// Names of the shapes, which with the user's id make the ids: a user has one of each.
const (
	totpObject  = "totp"
	codesObject = "backup_code"
)

func (c *controller) totp(s *self, verified bool) TOTP {
	now := c.Now().UnixMilli()
	return TOTP{Object: totpObject, ID: totpObject + "_" + s.by.Kuid, Verified: verified, CreatedAt: now, UpdatedAt: now}
}

// may returns the user, who must have proved themselves lately to change second factors.
func (c *controller) may(ctx context.Context, req *api.Request, need rules.Need, name string) (*self, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return nil, err
	}
	if need == rules.Off {
		return nil, edge.Refusal(edge.FeatureNotEnabled, name)
	}
	return s, frontend.Refused(c.Accounts.Credentials.CheckOwnFactors(ctx, s.by, s.live.User))
}

// run runs an action of a strategy by its name.
func (c *controller) run(ctx context.Context, s *self, strategy, name string) (any, error) {
	if actions, is := c.Accounts.Registry.Strategy(strategy).(strategies.Actions); is {
		for _, action := range actions.Actions() {
			if action.Name == name {
				return c.Accounts.Logins.Act(ctx, s.by, action, strategies.Call{Kuid: s.by.Kuid})
			}
		}
	}
	return nil, edge.Refusal(edge.FeatureNotEnabled, strategy)
}

// enrolling keeps the enrolment that a session waits to prove; "" forgets it.
func (c *controller) enrolling(ctx context.Context, s *self, token string) error {
	then, err := c.Accounts.Clients.Change(ctx, s.v.Client, func(in *clients.Part) error {
		if token == "" {
			delete(in.Enrolments, s.live.ID)
			return nil
		}
		if in.Enrolments == nil {
			in.Enrolments = map[string]string{}
		}
		in.Enrolments[s.live.ID] = token
		return nil
	})
	if err == nil {
		s.v.Client = then
	}
	return err
}

func (c *controller) createTOTP(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	s, err := c.may(ctx, req, c.Users.Rules.Now().TOTP, "authenticator_app")
	if err != nil {
		return frontend.Answer{}, err
	}
	made, err := c.run(ctx, s, totp.Name, "enrol")
	if errors.Is(err, strategies.ErrExists) {
		err = edge.TOTPEnabledAlready.New()
	}
	shown := c.totp(s, false)
	if secret, is := made.(totp.Enrolment); is && err == nil {
		shown.Secret, shown.URI = &secret.Secret, &secret.URI
		err = c.enrolling(ctx, s, secret.Enrolment)
	}
	return c.answer(ctx, s, shown, err)
}

type codeProof struct {
	Code edge.Text `body:"code"`
}

func (c *controller) verifyTOTP(ctx context.Context, req *api.Request, args codeProof) (frontend.Answer, error) {
	s, err := c.may(ctx, req, c.Users.Rules.Now().TOTP, "authenticator_app")
	if err != nil {
		return frontend.Answer{}, err
	}
	token := s.v.Client.Enrolments[s.live.ID]
	if token == "" {
		return frontend.Answer{}, edge.VerificationNotSent.New()
	}
	_, err = c.Accounts.Credentials.CreateCredentials(ctx, s.by, s.by.Kuid, totp.Name, map[string]any{enrolment.Field: token, enrolment.CodeField: args.Code.Value}, true)
	switch {
	case errors.Is(err, strategies.ErrExists):
		err = edge.TOTPEnabledAlready.New()
	case errors.Is(err, totp.ErrWrongCode):
		err = edge.Refusal(edge.CodeIncorrect, "code")
	case errors.Is(err, totp.ErrEnrolment):
		err = edge.VerificationExpired.New()
	case err == nil:
		err = c.enrolling(ctx, s, "")
	}
	if err != nil {
		return c.answer(ctx, s, nil, err)
	}
	// The session has proved the app now, which the codes need.
	if s, err = c.self(ctx, req); err != nil {
		return frontend.Answer{}, err
	}
	shown := c.totp(s, true)
	if c.givesCodes(s.live.User) {
		shown.BackupCodes, err = c.newCodes(ctx, s)
	}
	return c.answer(ctx, s, shown, err)
}

// givesCodes reports whether a user who enrols an authenticator app gets backup codes with it.
func (c *controller) givesCodes(u *users.User) bool {
	return c.Users.Rules.Now().BackupCodes != rules.Off && c.Accounts.Registry.SecondFactor(backupcode.Name) != nil && !slices.Contains(u.Strategies, backupcode.Name)
}

// deleteTOTP also removes the backup codes, which stand in for the app.
func (c *controller) deleteTOTP(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	has := c.Accounts.Registry.FactorsOf(s.live.User.Records)
	var remove []string
	for _, name := range has {
		if name == totp.Name || name == backupcode.Name {
			remove = append(remove, name)
		}
	}
	if !slices.Contains(has, totp.Name) {
		return frontend.Answer{}, edge.NotFound.New()
	}
	_, err = c.Accounts.Edits.EditOwn(ctx, s.by, credentials.Edit{Visible: true, Remove: remove}, nil)
	return c.answer(ctx, s, resource.Deleted{Object: totpObject, ID: c.totp(s, false).ID, Deleted: true}, err)
}

func (c *controller) createCodes(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
	s, err := c.may(ctx, req, c.Users.Rules.Now().BackupCodes, codesObject)
	if err != nil {
		return frontend.Answer{}, err
	}
	if len(c.Accounts.Registry.FactorsOf(s.live.User.Records)) == 0 {
		return frontend.Answer{}, edge.BackupCodesUnavailable.New()
	}
	codes, err := c.newCodes(ctx, s)
	now := c.Now().UnixMilli()
	return c.answer(ctx, s, BackupCodes{Object: codesObject, ID: codesObject + "_" + s.by.Kuid, Codes: codes, CreatedAt: now, UpdatedAt: now}, err)
}

// newCodes draws codes in place of the former ones. They count at once: the answer is the only proof
// of having them.
func (c *controller) newCodes(ctx context.Context, s *self) ([]string, error) {
	made, err := c.run(ctx, s, backupcode.Name, "draw")
	drawn, is := made.(backupcode.Drawn)
	if err == nil && !is {
		err = edge.Internal.New()
	}
	if err != nil {
		return nil, err
	}
	in := map[string]any{enrolment.Field: drawn.Enrolment, enrolment.CodeField: drawn.Codes[0]}
	if slices.Contains(s.live.User.Strategies, backupcode.Name) {
		_, err = c.Accounts.Credentials.UpdateCredentials(ctx, s.by, s.by.Kuid, backupcode.Name, in, true)
	} else {
		_, err = c.Accounts.Credentials.CreateCredentials(ctx, s.by, s.by.Kuid, backupcode.Name, in, true)
	}
	return drawn.Codes, err
}
