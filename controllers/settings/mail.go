package settings

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Mailer sends a test message by the configured channel. It returns after the hand-over, or with
// the reason for its failure; is is false if the instance sends no mail.
type Mailer func(ctx context.Context, to string) (is bool, err error)

// ErrNoMail means that the instance sends no mail.
var ErrNoMail = fault.Declare(0x40290001, "settings.mail.off", 412, "This server sends no mail. Set notify.mail to smtp or webhook in its configuration and start it again.")

type testMailArgs struct {
	To string `body:"to,required"`
}

// tested reports whether a message was handed over, and otherwise the reason.
type tested struct {
	Sent    bool   `json:"sent"`
	Problem string `json:"problem,omitempty"`
}

func (c *controller) testMail(ctx context.Context, req *api.Request, args testMailArgs) (tested, error) {
	if _, err := kuzzleview.MayDoAll(ctx, c.Accounts, req); err != nil {
		return tested{}, err
	}
	to, reason := users.CanonicalContact(users.Email, args.To)
	if reason != "" {
		return tested{}, assert.InvalidArgument.New("body.to", "an e-mail address")
	}
	is, err := c.Mail(ctx, to)
	switch {
	case !is:
		return tested{}, ErrNoMail.New()
	case err != nil:
		return tested{Problem: err.Error()}, nil
	}
	return tested{Sent: true}, nil
}
