package sessions

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Held gives the sessions of clients that hold them without their tokens, such as browsers of
// which the store knows which sessions they have, and begins and ends them. It never takes a
// session's id from a stranger.
type Held struct{ ss *Sessions }

// Hold returns Held for the sessions.
func Hold(ss *Sessions) Held { return Held{ss} }

// Valid returns a valid session and its user, through bounded caches and without the device. The
// error for every other session is token.ErrInvalid.
func (h Held) Valid(ctx context.Context, id string) (Session, *users.User, error) {
	s, err := h.ss.session(ctx, id)
	if err != nil {
		return Session{}, nil, err
	}
	if s.SingleUse || s.Refreshed {
		return Session{}, nil, token.ErrInvalid.New()
	}
	v, err := h.ss.current(ctx, s, h.ss.Now())
	if err != nil {
		return Session{}, nil, err
	}
	out := h.ss.limits.Load().session(s)
	out.ExpiresAt = v.ExpiresAt
	return out, &v.User, nil
}

// Act makes a session act for an organization, nil for none.
func (h Held) Act(ctx context.Context, id string, acting *Acting) error {
	for try := 1; ; try++ {
		doc, err := h.ss.Store.Get(ctx, storage.Sessions, id)
		if errors.Is(err, storage.ErrNotFound) {
			return token.ErrInvalid.New()
		}
		if err != nil {
			return err
		}
		s, err := readSession(doc)
		if err != nil {
			return err
		}
		s.Acting = acting
		if err = h.ss.rewrite(ctx, s, doc); !errors.Is(err, storage.ErrConflict) || try == users.DeleteTries {
			return err
		}
	}
}

// Allowed returns an expiresIn for a login: a wanted lifetime, or less if the limits allow no more. A
// negative one has no end.
func (h Held) Allowed(wanted time.Duration) any {
	if longest := h.ss.limits.Load().longest(); longest >= 0 && (wanted < 0 || wanted > longest) {
		wanted = longest
	}
	if wanted < 0 {
		return int64(-1)
	}
	return wanted.Milliseconds()
}

// Abandon ends a session that its client did not get.
func (h Held) Abandon(ctx context.Context, by users.Actor, id string) error {
	s, err := Manage(h.ss).Find(ctx, id)
	if err != nil {
		return err
	}
	by.Kuid = s.Kuid
	return h.ss.end(ctx, by, s.Kuid, id)
}
