package signups

import (
	"context"
	"maps"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
)

// Prepare sends a code to the address of a kind. Faults: ErrState, ErrProved, ErrOver, a 429.
func (ss *SignUps) Prepare(ctx context.Context, by users.Actor, a Attempt, kind string) (*Attempt, error) {
	return ss.prepare(ctx, by, a, kind, CodeMessage, func(m codes.Message) (time.Time, error) { return ss.Codes.Ask(ctx, a.ID, m) })
}

// PrepareLink sends a link to the e-mail address. link has what the dialect knows of it, and base is the
// address before its text. Faults: those of Prepare, strategies.ErrNotifyOff.
func (ss *SignUps) PrepareLink(ctx context.Context, by users.Actor, a Attempt, link codes.Link, base string) (*Attempt, error) {
	link.Attempt = a.ID
	next, err := ss.prepare(ctx, by, a, users.Email, LinkMessage, func(m codes.Message) (time.Time, error) {
		m.Link = base
		return ss.Codes.AskLink(ctx, m, link)
	})
	if err == nil {
		next.Sent.Link = true
	}
	return next, err
}

func (ss *SignUps) prepare(ctx context.Context, by users.Actor, a Attempt, kind, message string, send func(codes.Message) (time.Time, error)) (*Attempt, error) {
	to := a.Contact(kind)
	switch err := ss.open(&a); {
	case err != nil:
		return nil, err
	case to == "":
		return nil, ErrState.New()
	case a.Proved[kind]:
		return nil, ErrProved.New()
	}
	part, err := ss.attempts.AskOwn(ctx, by, message, to)
	if err != nil {
		return nil, err
	}
	until, err := send(codes.Message{Kind: message, Contact: kind, To: to, Part: part})
	a.Sent = &Sent{Kind: kind, Until: until.UnixMilli()}
	return &a, err
}

// Prove verifies the address of a kind by the code that was sent to it. Faults: ErrState, ErrOver, those
// of package codes.
func (ss *SignUps) Prove(ctx context.Context, by users.Actor, a Attempt, kind, code string) (*Attempt, error) {
	if err := ss.open(&a); err != nil {
		return nil, err
	}
	if a.Sent == nil || a.Sent.Kind != kind || a.Sent.Link {
		return nil, ErrState.New()
	}
	// Tries count for the attempt and for the client's address.
	by.Kuid = "sign-up " + a.ID
	err := ss.attempts.Guess(ctx, by, codes.ErrCode, func() error { return ss.Codes.Prove(ctx, a.ID, CodeMessage, a.Contact(kind), code) })
	if err != nil {
		return nil, err
	}
	return ss.proved(a, codes.Proof{Way: kind + "_code", Kind: kind, To: a.Contact(kind), At: ss.Now().UnixMilli()}), nil
}

// proved returns an attempt with a proved address.
func (ss *SignUps) proved(a Attempt, by codes.Proof) *Attempt {
	a.Proved = maps.Clone(a.Proved)
	if a.Proved == nil {
		a.Proved = map[string]bool{}
	}
	a.Proved[by.Kind], a.Last, a.Sent = true, &by, nil
	return &a
}

// Transfer returns a new attempt with what somebody gave, and the address that they proved when they
// wanted to sign in and had no account. Faults: ErrOver for a proof that is too old, those of Update.
func (ss *SignUps) Transfer(ctx context.Context, by users.Actor, proof *codes.Proof, c Change, hidden bool) (*Attempt, error) {
	if !proof.Holds(ss.Now()) {
		return nil, ErrOver.New()
	}
	c.Email, c.Phone = nil, &proof.To
	if proof.Kind == users.Email {
		c.Email, c.Phone = c.Phone, nil
	}
	a, err := ss.Update(ctx, by, *ss.Begin(), c, hidden)
	if err != nil {
		return nil, err
	}
	return ss.proved(*a, *proof), nil
}

// Followed reports whether an attempt can go on because its link was opened.
func (ss *SignUps) Followed(ctx context.Context, a *Attempt) (bool, error) {
	if a.Sent == nil || !a.Sent.Link || ss.open(a) != nil {
		return false, nil
	}
	return ss.Codes.Opened(ctx, a.ID)
}

// Follow verifies the e-mail address by the opened link. Faults: ErrState, ErrOver, codes.ErrExpired.
func (ss *SignUps) Follow(ctx context.Context, a Attempt) (*Attempt, error) {
	if err := ss.open(&a); err != nil {
		return nil, err
	}
	if a.Sent == nil || !a.Sent.Link {
		return nil, ErrState.New()
	}
	to, err := ss.Codes.Follow(ctx, a.ID)
	if err == nil && to != a.Email {
		err = codes.ErrExpired.New() // another request of the browser changed the address
	}
	if err != nil {
		return nil, err
	}
	next := ss.proved(a, codes.Proof{Way: "email_link", Kind: users.Email, To: a.Email, At: ss.Now().UnixMilli()})
	next.ByLink = true
	return next, nil
}
