package profile

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/local"
)

// passwords returns the actions on the user's password.
func (c *controller) passwords() []api.Declared {
	return []api.Declared{
		api.Action[passwordChange, frontend.Answer]{
			Name: "changeMyPassword", Routes: api.Routes{"POST /me/change_password"}, Summary: "Sets the signed-in user's password.", Secret: true, Run: c.changePassword,
		},
		api.Action[passwordRemoval, frontend.Answer]{
			Name: "removeMyPassword", Routes: api.Routes{"POST /me/remove_password"}, Summary: "Removes the signed-in user's password.", Secret: true, Run: c.removePassword,
		},
	}
}

// Parameters of passwords.
const (
	passwordParam = "password" // as the domain's refusals have it
	newParam      = "new_password"
	currentParam  = "current_password"
	// currentField is the field of the strategy for passwords, if it asks for the present one.
	currentField = "currentPassword"
)

// passwordRemoval has the arguments of a removal. The present password is a proof; without it the
// session needs a fresh one.
type passwordRemoval struct {
	Current edge.Text `body:"current_password"`
}

type passwordChange struct {
	passwordRemoval
	New         edge.Text `body:"new_password"`
	EndSessions edge.Text `body:"sign_out_of_other_sessions"`
}

func (c *controller) changePassword(ctx context.Context, req *api.Request, args passwordChange) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	if c.Users.Rules.Now().Password == rules.Off {
		return frontend.Answer{}, edge.Refusal(edge.Unknown, newParam)
	}
	if args.New.Value == "" {
		return frontend.Answer{}, edge.Refusal(edge.Nil, newParam)
	}
	names := []string{s.live.User.Username()}
	for i := range s.live.User.Contacts {
		names = append(names, s.live.User.Contacts[i].Value)
	}
	if err := credentials.CheckPassword(args.New.Value, names, s.by.LetLeaked); err != nil {
		return frontend.Answer{}, edge.About(frontend.Refused(err), passwordParam, newParam)
	}
	in := map[string]any{strategies.PasswordField: args.New.Value}
	had := c.Accounts.SignIns.HasPassword(s.live.User)
	if had && args.Current.Value != "" {
		if err := c.proveNow(ctx, req, s, args.Current.Value); err != nil {
			return frontend.Answer{}, err
		}
		in[currentField] = args.Current.Value
	}
	now, err := c.Accounts.Edits.EditOwn(ctx, s.by, credentials.Edit{
		Visible: true, Credentials: map[string]any{local.Name: in}, EndSessions: args.EndSessions.Value == "true",
	}, nil)
	return c.shown(ctx, s, &now, edge.About(frontend.Refused(err), passwordParam, newParam))
}

// proveNow proves the present password in the session, as at every other door.
func (c *controller) proveNow(ctx context.Context, req *api.Request, s *self, password string) error {
	err := c.Accounts.Logins.Prove(ctx, s.by, view.Ours(view.Password), map[string]any{
		users.UsernameField: nameOf(s.live.User), strategies.PasswordField: password,
	})
	if errors.Is(err, strategies.ErrRefused) {
		return edge.Refusal(edge.PasswordIncorrect, currentParam)
	}
	if err != nil {
		return frontend.Refused(err)
	}
	again, err := c.self(ctx, req)
	if err == nil {
		*s = *again
	}
	return err
}

// nameOf returns a name by which a user signs in, "" for none.
func nameOf(u *users.User) string {
	if name := u.Username(); name != "" {
		return name
	}
	for i := range u.Contacts {
		if c := &u.Contacts[i]; c.Verified() {
			return c.Value
		}
	}
	return ""
}

// removePassword removes the password of a user who can sign in by a code.
func (c *controller) removePassword(ctx context.Context, req *api.Request, args passwordRemoval) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	if c.Users.Rules.Now().Password == rules.Required || !c.reachable(s.live.User) {
		return frontend.Answer{}, edge.PasswordRequired.New()
	}
	if args.Current.Value != "" {
		if err := c.proveNow(ctx, req, s, args.Current.Value); err != nil {
			return frontend.Answer{}, err
		}
	}
	if !c.Accounts.SignIns.HasPassword(s.live.User) {
		return frontend.Answer{}, edge.NotFound.New()
	}
	now, err := c.Accounts.Edits.EditOwn(ctx, s.by, credentials.Edit{Visible: true, RemovePassword: true}, nil)
	return c.shown(ctx, s, &now, err)
}

// reachable reports whether a code reaches a contact by which a user signs in.
func (c *controller) reachable(u *users.User) bool {
	for i := range u.Contacts {
		if one := &u.Contacts[i]; u.Entrance(one.Kind, one.Value) != nil && c.Accounts.Codes.Sends(one.Kind) {
			return true
		}
	}
	return false
}
