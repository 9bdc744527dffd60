package settings

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Mailer sends a test message by the way that mails go, and returns when it was handed
// over, or why it was not; is is false where no mail is sent at all.
type Mailer func(ctx context.Context, to string) (is bool, err error)

// ErrNoMail is answered where the instance sends none.
var ErrNoMail = fault.Declare(0x40290001, "settings.mail.off", 412, "This server sends no mail. Set notify.mail to smtp or webhook in its configuration and start it again.")

type testMailArgs struct {
	To string `body:"to,required"`
}

// tested tells whether a message was handed over, and else why not.
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
