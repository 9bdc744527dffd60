package strategies

import "context"

// MaxPassword is the longest password in bytes that a login reads. PasswordField is its field.
// CurrentField is the field of the present password, in changes that ask for it.
const (
	MaxPassword   = 4096
	PasswordField = "password"
	CurrentField  = "currentPassword"
)

// PasswordLogin is the form of what NameAndPassword reads. One of the names is given.
type PasswordLogin struct {
	Username string `json:"username,omitempty"`
	Email    string `json:"email,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Password string `json:"password"`
}

// NameAndPassword reads what a login by password takes: a password with a name
// of NameFields, of several the first. ok is false when either is not given.
// Errors: api.assert.invalid_type, api.assert.invalid_argument.
func (c Credentials) NameAndPassword() (id Identifier, password string, ok bool, err error) {
	given, err := c.loginNames()
	if err != nil {
		return id, "", false, err
	}
	password, ok, err = c.Text(PasswordField, MaxPassword)
	if err != nil || !ok || len(given) == 0 {
		return id, "", false, err
	}
	return given[0], password, true, nil
}

// Enter logs in the user that FindByIdentifier found if the password is right, whichever strategy
// of the password family keeps it. If no user was found, the cost and the answer are those of a
// wrong password.
func Enter(ctx context.Context, host Host, found Found, ok bool, id Identifier, password string) (Outcome, error) {
	ok = ok && len(found.Records) > 0
	verdict, err := host.VerifyPassword(ctx, found, ok, id, password)
	switch {
	case err != nil:
		return Outcome{}, err
	case !ok || verdict == Wrong:
		return Outcome{}, Refused()
	}
	return host.Accept(ctx, found, verdict, password)
}
