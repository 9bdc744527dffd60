package sessions

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Warrant is the state of a caller whose work goes on after the request. The work ends when the
// caller has all sessions ended, and work of an API key also ends with the key. A session may expire
// meanwhile.
type Warrant struct {
	Kuid        string `json:"kuid"`
	Incarnation string `json:"incarnation,omitempty"`
	Epoch       int64  `json:"epoch,omitempty"`
	// Key is the fingerprint of the caller's API key, "" for a caller with a session.
	Key string `json:"key,omitempty"`
	// session is the caller's, until the warrant is stored. A session that outlives the others, as
	// after the caller's new password, lets the caller's work go on.
	session string
}

// NewWarrant returns the present state of a caller, who is a user.
func NewWarrant(ctx context.Context, ss *Sessions, by users.Actor) (*Warrant, error) {
	u, err := ss.users.User(ctx, by.Kuid)
	if err != nil {
		return nil, err
	}
	w := &Warrant{Kuid: u.Kuid, Incarnation: u.Incarnation, Epoch: u.Epoch}
	if w.session = by.SessionID; by.APIKey {
		w.Key, w.session = by.Token, ""
	}
	return w, nil
}

// User returns the user in the present state; nil if the user is gone or banned, or all sessions or
// the API key ended. Calls must not be concurrent.
func (w *Warrant) User(ctx context.Context, ss *Sessions) (*users.User, error) {
	u, err := ss.users.User(ctx, w.Kuid)
	var by *session
	switch {
	case err != nil:
	case u.Incarnation != w.Incarnation || u.Banned() || u.Epoch != w.Epoch && w.session == "":
		err = token.ErrInvalid.New()
	case w.Key != "":
		by, err = ss.keys.key(ctx, w.Key)
	case u.Epoch != w.Epoch:
		by, err = ss.session(ctx, w.session)
	}
	if by != nil && err == nil {
		_, err = ss.current(ctx, by, ss.Now())
	}
	if err == nil {
		w.Epoch = u.Epoch
	}
	if errors.Is(err, users.ErrUserNotFound) || errors.Is(err, token.ErrInvalid) {
		return nil, nil
	}
	return &u, err
}
