package attempts

import (
	"cmp"
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// source returns the throttle's view of a caller.
func source(by users.Actor) throttle.Source {
	from := throttle.Source{Addr: by.Addr, Kuid: by.Kuid}
	if by.Kuid == users.AnonymousKuid {
		from.Kuid = ""
	}
	return from
}

func (as *Attempts) messages() throttle.Messages { return throttle.MessagesOf(as.Logins) }

// Step counts a further step for the current attempt or, without one, for the caller.
func (as *Attempts) Step(ctx context.Context) error {
	if as.Logins == nil {
		return nil
	}
	at, ok := ctx.Value(attemptKey{}).(*Attempt)
	if !ok {
		return as.Logins.Step(ctx, nil, Caller(ctx).Addr)
	}
	at.Stepped = true
	return as.Logins.Step(ctx, at.begun, at.By.Addr)
}

// Send counts a strategy's message to a recipient, and reports whether the recipient gets it. No
// answer to a client may reveal the result.
func (as *Attempts) Send(ctx context.Context, recipient string) (let bool, err error) {
	if as.Logins == nil {
		return true, nil
	}
	var begun *throttle.Attempt
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		at.Stepped, begun = true, at.begun
	}
	return as.messages().Send(ctx, begun, source(Caller(ctx)), users.Fold(recipient))
}

// Ask counts a requested message of a kind for the account of a name. key is the name's claim, ""
// for a name that cannot be claimed. It returns the part of the recipient's limit that the message
// counts for.
func (as *Attempts) Ask(ctx context.Context, key, sent, kind string) (throttle.Part, error) {
	if as.Logins == nil {
		return throttle.Again, nil
	}
	by := Caller(ctx)
	if at, ok := ctx.Value(attemptKey{}).(*Attempt); ok {
		by = at.By
		if at.begun != nil {
			if err := as.Step(ctx); err != nil {
				return throttle.Again, err
			}
		}
	}
	return as.messages().Ask(ctx, throttle.Keys{Account: cmp.Or(key, sent), Addr: by.Addr, Device: by.Device}, kind)
}

// AskOwn counts a message of a kind that a user requests for an address, which may be anybody's. It
// returns the same as Ask.
func (as *Attempts) AskOwn(ctx context.Context, by users.Actor, kind, recipient string) (throttle.Part, error) {
	if as.Logins == nil {
		return throttle.Again, nil
	}
	return as.messages().AskOwn(ctx, source(by), kind, users.Fold(recipient))
}

// Part returns the part of a recipient's limit that a caller's message counts for, such as an invitation.
// Messages of the instance itself have a part that no user can use up.
func (as *Attempts) Part(ctx context.Context, by users.Actor, kind, recipient string) (throttle.Part, error) {
	switch {
	case as.Logins == nil:
		return throttle.Again, nil
	case by.Instance():
		return throttle.Known, nil
	}
	return as.messages().Part(ctx, source(by), kind, users.Fold(recipient))
}

// Guess lets judge check a code that was sent to a user, unless the user, or many users at the same
// address, tried too many codes; then the error is the throttle's. Guesses at codes and failed
// logins do not count for each other.
func (as *Attempts) Guess(ctx context.Context, by users.Actor, wrong error, judge func() error) error {
	if as.Logins == nil {
		return judge()
	}
	if err := as.messages().Guess(ctx, source(by)); err != nil {
		return err
	}
	err := judge()
	if !errors.Is(err, wrong) {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleTime)
	defer cancel()
	return cmp.Or(as.messages().GuessedWrong(ctx, source(by)), err)
}
