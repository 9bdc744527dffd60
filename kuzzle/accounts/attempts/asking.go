package attempts

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Asking does something whose answer may tell that a name is taken, unless who
// asks has been told so too often. Strangers count by address, which every sign-up
// counts for, and users by themselves. Whoever may create users may learn their
// names, and is not limited.
func (as *Attempts) Asking(ctx context.Context, by users.Actor, do func() error) error {
	if as.Logins == nil || by.Instance() || by.Creates {
		return do()
	}
	from := source(by)
	if err := as.Logins.SignUp(ctx, from); err != nil {
		return err
	}
	err := do()
	if !errors.Is(err, strategies.ErrTaken) && !errors.Is(err, users.ErrUserExists) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if instead := as.Logins.Taken(ctx, from); instead != nil {
		return instead
	}
	return err
}

// AskingOwn is asking for what users do with their own credentials; whoever
// manages those of others is not limited.
func (as *Attempts) AskingOwn(ctx context.Context, by users.Actor, do func() error) error {
	if !by.Self {
		return do()
	}
	return as.Asking(ctx, by, do)
}
