package attempts

import (
	"cmp"
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// Asking runs do, whose answer may reveal that a name is taken, unless the caller got too many such
// answers. Strangers are counted by address, like every sign-up; users are counted one by one.
// Callers who may create users may learn all names, so they are not limited.
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

// Looking runs do, whose answer tells whether a name exists, unless the caller got too many such
// answers. An error of the kind unknown counts like a name that is taken.
func (as *Attempts) Looking(ctx context.Context, by users.Actor, unknown error, do func() error) error {
	if as.Logins == nil {
		return do()
	}
	if err := as.Logins.Learn(ctx, source(by)); err != nil {
		return err
	}
	err := do()
	if !errors.Is(err, unknown) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return cmp.Or(as.Logins.Taken(ctx, source(by)), err)
}

// AskingOwn is Asking for changes of users' own credentials. Callers who manage the credentials of
// others are not limited.
func (as *Attempts) AskingOwn(ctx context.Context, by users.Actor, do func() error) error {
	if !by.Self {
		return do()
	}
	return as.Asking(ctx, by, do)
}
