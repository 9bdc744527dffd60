package users

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/backupcode"
	"github.com/gokuzzle/kuzzle/strategies/totp"
)

const codeParam = "code"

// proofs returns the actions that check or remove login methods of a user.
func (c *controller) proofs() []api.Declared {
	return []api.Declared{
		api.Action[passwordProof, resource.Verified]{
			Name: "verifyPassword", Routes: api.Routes{"POST /users/{user_id}/verify_password"},
			Summary: "Verifies a user's password.", Run: c.verifyPassword,
		},
		api.Action[codeProof, resource.Verified]{
			Name: "verifyTotp", Routes: api.Routes{"POST /users/{user_id}/verify_totp"},
			Summary: "Verifies a code of a user's authenticator app, or a backup code, which is then used up.", Run: c.verifyTOTP,
		},
		c.removes("deleteTotp", "totp", "Removes a user's authenticator app.", totp.Name),
		c.removes("deleteBackupCodes", "backup_code", "Removes a user's backup codes.", backupcode.Name),
		c.removes("deleteSecondFactors", "mfa", "Removes all second factors of a user."),
		api.Action[passwordRemoval, resource.User]{
			Name: "removePassword", Routes: api.Routes{"POST /users/{user_id}/remove_password"},
			Summary: "Removes a user's password.", Run: c.removePassword,
		},
		api.Action[compromise, resource.User]{
			Name: "setPasswordCompromised", Routes: api.Routes{"POST /users/{user_id}/password/set_compromised"},
			Summary: "Refuses logins with a leaked password until it is changed.", Run: c.setCompromised,
		},
		api.Action[byID, resource.User]{
			Name: "unsetPasswordCompromised", Routes: api.Routes{"POST /users/{user_id}/password/unset_compromised"},
			Summary: "Allows logins with the password again.", Run: c.unsetCompromised,
		},
	}
}

// passwordProof has the arguments of verifyPassword.
type passwordProof struct {
	ID       string    `arg:"user_id,required"`
	Password edge.Text `body:"password"`
}

func (c *controller) verifyPassword(ctx context.Context, req *api.Request, args passwordProof) (resource.Verified, error) {
	if err := needed(passwordParam, args.Password); err != nil {
		return resource.Verified{}, err
	}
	return resource.Verified{Verified: true}, c.verified(passwordParam, edge.IncorrectPassword, edge.NoPassword,
		c.Accounts.Checks.Password(ctx, kuzzleview.Actor(req), args.ID, args.Password.Value, c.Lockouts))
}

// verified converts the domain's refusals of a proof to Clerk's errors: wrong, about a
// parameter, and missing, if the user has nothing to prove.
func (c *controller) verified(param string, wrong, missing *fault.Kind, err error) error {
	switch {
	case errors.Is(err, strategies.ErrRefused):
		return edge.Refusal(wrong, param)
	case errors.Is(err, strategies.ErrMissing):
		return missing.New()
	}
	return err
}

// needed refuses a text that is absent or empty.
func needed(param string, given edge.Text) error {
	switch {
	case !given.Given:
		return edge.Refusal(edge.Missing, param)
	case given.Value == "":
		return edge.Refusal(edge.Nil, param)
	case len(given.Value) > strategies.MaxPassword:
		return edge.Refusal(edge.SizeExceeded, param)
	}
	return nil
}

// codeProof has the arguments of verifyTotp.
type codeProof struct {
	ID   string    `arg:"user_id,required"`
	Code edge.Text `body:"code"`
}

func (c *controller) verifyTOTP(ctx context.Context, req *api.Request, args codeProof) (resource.Verified, error) {
	if err := needed(codeParam, args.Code); err != nil {
		return resource.Verified{}, err
	}
	in := strategies.Credentials{codeParam: args.Code.Value}
	name, err := c.Accounts.Checks.Factor(ctx, kuzzleview.Actor(req), args.ID, []string{totp.Name, backupcode.Name}, in, c.Lockouts)
	kind := "totp"
	if name == backupcode.Name {
		kind = "backup_code"
	}
	return resource.Verified{Verified: true, CodeType: kind}, c.verified(codeParam, edge.TOTPIncorrect, edge.TOTPDisabled, err)
}

// removes declares an action that removes second factors: those of strategies, or all.
func (c *controller) removes(name, path, summary string, of ...string) api.Declared {
	return api.Action[byID, resource.UserID]{
		Name: name, Routes: api.Routes{"DELETE /users/{user_id}/" + path}, Summary: summary,
		Run: func(ctx context.Context, req *api.Request, args byID) (resource.UserID, error) {
			factors := of
			if len(factors) == 0 {
				factors = c.Accounts.Registry.SecondFactors()
			}
			_, err := c.Accounts.Edits.Edit(ctx, kuzzleview.Actor(req), args.ID, credentials.Edit{
				Remove: factors, NoSecondPhones: len(of) == 0, Visible: true,
			})
			return resource.UserID{UserID: args.ID}, err
		},
	}
}

// passwordRemoval has the arguments of removePassword.
type passwordRemoval struct {
	ID          string    `arg:"user_id,required"`
	EndSessions edge.Flag `body:"sign_out_of_other_sessions"`
}

func (c *controller) removePassword(ctx context.Context, req *api.Request, args passwordRemoval) (resource.User, error) {
	return c.editPassword(ctx, req, args.ID, credentials.Edit{RemovePassword: true, EndSessions: args.EndSessions.Or(false)})
}

// compromise has the arguments of setPasswordCompromised.
type compromise struct {
	ID          string    `arg:"user_id,required"`
	EndSessions edge.Flag `body:"revoke_all_sessions"`
}

func (c *controller) setCompromised(ctx context.Context, req *api.Request, args compromise) (resource.User, error) {
	said := users.Compromised
	return c.editPassword(ctx, req, args.ID, credentials.Edit{PasswordChange: &said, EndSessions: args.EndSessions.Or(false)})
}

func (c *controller) unsetCompromised(ctx context.Context, req *api.Request, args byID) (resource.User, error) {
	said := ""
	return c.editPassword(ctx, req, args.ID, credentials.Edit{PasswordChange: &said})
}

// editPassword changes a user who has a password.
func (c *controller) editPassword(ctx context.Context, req *api.Request, id string, in credentials.Edit) (resource.User, error) {
	in.NeedsPassword, in.Visible = true, true
	now, err := c.Accounts.Edits.Edit(ctx, kuzzleview.Actor(req), id, in)
	if errors.Is(err, strategies.ErrMissing) {
		err = edge.NoPassword.New()
	}
	if err != nil {
		return resource.User{}, err
	}
	return c.Make.User(&now)
}
