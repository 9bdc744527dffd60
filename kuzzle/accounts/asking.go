package accounts

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
	"github.com/gokuzzle/kuzzle/strategies"
)

// asking does something whose answer may tell that a name is taken, unless who
// asks has been told so too often. Strangers count by address, which every sign-up
// counts for, and users by themselves. Whoever may create users may learn their
// names, and is not limited.
func (a *Accounts) asking(ctx context.Context, by Actor, do func() error) error {
	if a.Logins == nil || by.Operator || by.Creates {
		return do()
	}
	from := throttle.Source{Addr: by.Addr, Kuid: by.Kuid}
	if by.Kuid == AnonymousKuid {
		from.Kuid = ""
	}
	if err := a.Logins.SignUp(ctx, from); err != nil {
		return err
	}
	err := do()
	if !errors.Is(err, strategies.ErrTaken) && !errors.Is(err, ErrUserExists) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	if instead := a.Logins.Taken(ctx, from); instead != nil {
		return instead
	}
	return err
}

// askingOwn is asking for what users do with their own credentials; whoever
// manages those of others is not limited.
func (a *Accounts) askingOwn(ctx context.Context, by Actor, do func() error) error {
	if !by.Self {
		return do()
	}
	return a.asking(ctx, by, do)
}
