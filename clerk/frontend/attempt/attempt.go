package attempt

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
)

// Keeper stores attempts, and makes the shapes of answers.
type Keeper struct{ *view.Maker }

// Kept is an attempt to store: SignIn or SignUp, and the session that completed it and the name of its
// first proof, "" for an unfinished one. Proved is set for an unfinished one if a factor was proved:
// whoever knew the browser's token before must not go on.
type Kept struct {
	SignIn, SignUp    json.RawMessage
	Session, Strategy string
	Proved            bool
	// ByLink keeps a complete one for the page that waits for its link.
	ByLink bool
}

// Among returns the one of some stored attempts that has an id for clients, as idOf makes it. Fault:
// edge.NotFound.
func Among[A any](idOf func(*A) string, id string, all ...json.RawMessage) (*A, error) {
	for _, stored := range all {
		if stored == nil {
			continue
		}
		a := new(A)
		if err := json.Unmarshal(stored, a); err != nil {
			return nil, err
		}
		if idOf(a) == id {
			return a, nil
		}
	}
	return nil, edge.NotFound.New()
}

// Alone refuses a browser in which somebody is signed in, if only one may be.
func (k Keeper) Alone(ctx context.Context, v *frontend.Visit) error {
	if v.Client == nil || k.Users.Rules.Now().MultiSession {
		return nil
	}
	live, err := k.Accounts.Clients.Live(ctx, v.Client)
	if err == nil && len(live) > 0 {
		err = edge.SessionExists.New("", edge.Meta{"session_id": clerksessions.ID(live[0].ID)})
	}
	return err
}

// Lifetime returns the expiresIn of new sessions.
func (k Keeper) Lifetime() any {
	return sessions.Hold(k.Accounts.Sessions).Allowed(k.Users.Rules.Now().SessionLifetime)
}

// Store stores an attempt with the browser. If it cannot, the session ends, since nobody could use it.
func (k Keeper) Store(ctx context.Context, v *frontend.Visit, kept Kept) error {
	err := k.store(ctx, v, kept)
	if err != nil && kept.Session != "" {
		by := v.Actor(nil)
		by.SessionID = kept.Session
		_ = sessions.Hold(k.Accounts.Sessions).Abandon(context.WithoutCancel(ctx), by, kept.Session) // it expires if not
	}
	return frontend.Refused(err)
}

func (kept *Kept) attempt() json.RawMessage {
	if kept.SignIn != nil {
		return kept.SignIn
	}
	return kept.SignUp
}

// renews reports whether an attempt is another one than that before it, or has another proof of an address. It
// gets another token of the browser then: whoever planted the former one could change what somebody gives, such
// as a password, or use the proof, even for the account that the address has.
func renews(before, now json.RawMessage) bool {
	var was, is struct {
		ID string
		// Last is the proof of a sign-up, Newcomer that of a sign-in.
		Last, Newcomer codes.Proof
	}
	_ = json.Unmarshal(before, &was) // both are ours
	_ = json.Unmarshal(now, &is)
	none := codes.Proof{}
	return now != nil && (was.ID != is.ID || is.Last != none && is.Last != was.Last || is.Newcomer != none && is.Newcomer != was.Newcomer)
}

func (k Keeper) store(ctx context.Context, v *frontend.Visit, kept Kept) error {
	begun, token := v.Client, ""
	if begun == nil {
		begun, token = k.Accounts.Clients.Begin()
	}
	live, err := k.Accounts.Clients.Live(ctx, begun)
	if err == nil && kept.Session != "" {
		var over []clients.Live
		over, live = clients.Room(live)
		err = v.End(ctx, over)
	}
	if err != nil {
		return err
	}
	then, err := k.Accounts.Clients.Change(ctx, begun, func(in *clients.Part) error {
		renew := kept.Proved || renews(in.SignIn, kept.SignIn) || renews(in.SignUp, kept.SignUp)
		if kept.SignIn != nil {
			in.SignIn = kept.SignIn
		}
		if kept.SignUp != nil {
			in.SignUp = kept.SignUp
		}
		switch {
		case kept.Session != "":
			in.SignIn, in.SignUp = nil, nil
			if kept.ByLink {
				in.Done = kept.attempt()
			}
			token = k.Accounts.Clients.Enter(begun, in, live, kept.Session, kept.Strategy)
		case renew:
			token = k.Accounts.Clients.Renew(begun, in)
		}
		return nil
	})
	if err != nil {
		return err
	}
	count := len(live)
	if kept.Session != "" {
		count++
	}
	v.Remember(then, count, token)
	return nil
}

// Renew replaces the browser's token before a link is opened in it. Whoever had planted the former one could
// else ask for the attempt at that moment, and get the session.
func (k Keeper) Renew(ctx context.Context, v *frontend.Visit) error {
	token := ""
	then, err := k.Accounts.Clients.Change(ctx, v.Client, func(in *clients.Part) error {
		token = k.Accounts.Clients.Renew(v.Client, in)
		return nil
	})
	if err != nil {
		return frontend.Refused(err)
	}
	live, err := k.Accounts.Clients.Live(ctx, then)
	if err == nil {
		v.Remember(then, len(live), token)
	}
	return err
}
