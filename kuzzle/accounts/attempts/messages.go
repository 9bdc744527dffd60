package attempts

import (
	"cmp"
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// source is who somebody is to the throttle.
func source(by users.Actor) throttle.Source {
	from := throttle.Source{Addr: by.Addr, Kuid: by.Kuid}
	if by.Kuid == users.AnonymousKuid {
		from.Kuid = ""
	}
	return from
}

func (as *Attempts) messages() throttle.Messages { return throttle.MessagesOf(as.Logins) }

// Step counts a further step for the attempt under way or, without one, for whoever
// asked.
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

// Send counts a message that a strategy wants to send to a recipient, and reports
// whether the recipient gets it. Nobody may learn that from the answer to a request.
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

// Ask counts a message of a kind that whoever asks wants sent to the account of a name,
// of which key is the claim's, "" for a name that cannot be claimed. It returns the
// part of the recipient that the message counts for.
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

// AskOwn counts a message of a kind that a user wants sent to an address that may be
// anybody's. It returns what Ask does.
func (as *Attempts) AskOwn(ctx context.Context, by users.Actor, kind, recipient string) (throttle.Part, error) {
	if as.Logins == nil {
		return throttle.Again, nil
	}
	return as.messages().AskOwn(ctx, source(by), kind, users.Fold(recipient))
}

// Guess has a code judged that a user was sent, unless the user, or many at the same
// address, tried too many: judge's error then is what the throttle says. Guesses say
// nothing about the user's password, and logins nothing about guesses.
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
