package clients

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// ErrUnknown is the fault of a token that stands for no client.
var ErrUnknown = fault.Declare(0x400a00e0, "security.client.unknown", 401, "This browser's token is unknown, has expired or was replaced.")

// Options are the dependencies of Clients.
type Options struct {
	Store  storage.Store
	Sealer *token.Sealer
	Now    func() time.Time
}

// Clients stores clients. It is safe for concurrent use.
type Clients struct {
	Options
	sessions sessions.Held
}

// New returns Clients over the sessions.
func New(opts Options, ss *sessions.Sessions) *Clients { return &Clients{opts, sessions.Hold(ss)} }

// Client is a browser. It is a value that was read, and changes only by [Clients.Change].
type Client struct {
	ID string
	Part
	doc storage.Document
	// former is set for the state that a replaced token stands for.
	former bool
}

// Stored reports whether the client is in the store. The client of a drawn token is not before
// something happened in it.
func (c *Client) Stored() bool { return c.doc.ID != "" }

// Part is the stored part of a client. Times are in epoch milliseconds.
type Part struct {
	Fingerprint []byte `json:"fingerprint"`
	// Sessions are the ids of the browser's sessions, the oldest first; some may have ended.
	Sessions []string `json:"sessions,omitempty"`
	// Ended are the sessions that it had last, the latest first.
	Ended []string `json:"ended,omitempty"`
	// Last is the session that was used last, "" for none.
	Last string `json:"last,omitempty"`
	// Strategy is the first proof of the last sign-in, "" for none.
	Strategy string `json:"strategy,omitempty"`
	// SignIn and SignUp are the unfinished attempts, nil for none.
	SignIn json.RawMessage `json:"signIn,omitempty"`
	SignUp json.RawMessage `json:"signUp,omitempty"`
	// Done is the attempt that a link has completed: the page that waits for the link asks for it. The
	// next change of the client drops it.
	Done json.RawMessage `json:"done,omitempty"`
	// Enrolments are the enrolments of second factors that wait for their proof, by the sessions in
	// which they began.
	Enrolments map[string]string `json:"enrolments,omitempty"`
	// CreatedAt is when the client was stored first, ChangedAt when its sessions changed last.
	CreatedAt int64 `json:"createdAt"`
	ChangedAt int64 `json:"changedAt"`
	// Former is the state that the former token stood for when it was replaced, nil if that is long ago.
	// ReplacedAt is when it was.
	Former     *Part `json:"former,omitempty"`
	ReplacedAt int64 `json:"replacedAt,omitempty"`
}

const (
	// prefix begins the ids of clients among the flows.
	prefix = "oc:"
	// keptFor is how long a client with sessions is kept after its last change, idleFor one
	// without.
	keptFor = 365 * 24 * time.Hour
	idleFor = 24 * time.Hour
	// MaxSessions is how many sessions a client has, and remembers, at most.
	MaxSessions = 20
	// FormerFor is how long a replaced token still shows the state from before.
	FormerFor = 10 * time.Second
	// tries is how often a change is tried when others write at the same time.
	tries = 10
)

// Find returns the client of a token, or ErrUnknown.
func (cs *Clients) Find(ctx context.Context, token string) (*Client, error) {
	id, secret, ok := parts(token)
	if !ok {
		return nil, ErrUnknown.New()
	}
	c, err := cs.read(ctx, id)
	if errors.Is(err, storage.ErrNotFound) {
		drawn, err := cs.drawn(id, secret)
		if err == nil && !drawn {
			err = ErrUnknown.New()
		}
		return &Client{ID: id, Part: Part{Fingerprint: fingerprint(secret)}}, err
	}
	if err == nil && subtle.ConstantTimeCompare(c.Fingerprint, fingerprint(secret)) != 1 {
		err = ErrUnknown.New()
	}
	return c, err
}

// read reads a client; a missing or expired one is storage.ErrNotFound.
func (cs *Clients) read(ctx context.Context, id string) (*Client, error) {
	doc, err := cs.Store.Get(ctx, storage.Flows, prefix+id)
	if err != nil {
		return nil, err
	}
	if !doc.ExpiresAt.IsZero() && !cs.Now().Before(doc.ExpiresAt) {
		return nil, storage.ErrNotFound.New(doc.ID)
	}
	c := &Client{ID: id, doc: doc}
	return c, json.Unmarshal(doc.Content, &c.Part)
}

// Begin returns a client that is not stored yet, and its token.
func (cs *Clients) Begin() (*Client, string) {
	c, secret := &Client{ID: newID()}, newSecret()
	c.Fingerprint = fingerprint(secret)
	return c, join(c.ID, secret)
}

// Change stores what edit makes of a client, which may be called several times, with the latest
// state. A client whose token was replaced is ErrUnknown. It returns the stored state.
func (cs *Clients) Change(ctx context.Context, c *Client, edit func(*Part) error) (*Client, error) {
	if c.former {
		return nil, ErrUnknown.New()
	}
	was := c.Fingerprint
	for try := 1; ; try++ {
		next, err := cs.change(ctx, c, edit)
		another := errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrExists) || errors.Is(err, storage.ErrNotFound)
		if !another || try == tries {
			return next, err
		}
		c, err = cs.read(ctx, c.ID)
		if errors.Is(err, storage.ErrNotFound) {
			err = ErrUnknown.New()
		}
		if err == nil && subtle.ConstantTimeCompare(c.Fingerprint, was) != 1 {
			err = ErrUnknown.New()
		}
		if err != nil {
			return nil, err
		}
	}
}

// change is one try.
func (cs *Clients) change(ctx context.Context, c *Client, edit func(*Part) error) (*Client, error) {
	now := cs.Now()
	next := &Client{ID: c.ID, Part: c.Part}
	next.Sessions, next.Ended, next.Enrolments = slices.Clone(c.Sessions), slices.Clone(c.Ended), maps.Clone(c.Enrolments)
	if next.CreatedAt == 0 {
		next.CreatedAt, next.ChangedAt = now.UnixMilli(), now.UnixMilli()
	}
	next.Done = nil
	if err := edit(&next.Part); err != nil {
		return nil, err
	}
	if !slices.Equal(next.Sessions, c.Sessions) {
		next.ChangedAt = now.UnixMilli()
	}
	next.replaced(c.Part, now)
	kept := idleFor
	if len(next.Sessions) > 0 {
		kept = keptFor
	}
	next.doc = storage.Document{ID: prefix + c.ID, Version: c.doc.Version + 1, ExpiresAt: now.Add(kept)}
	var err error
	if next.doc.Content, err = json.Marshal(next.Part); err != nil {
		return nil, err
	}
	next.doc.Rev, err = cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: next.doc.ID, Put: &next.doc, If: c.doc.Rev})
	return next, err
}

// Delete forgets a client. Its sessions are the caller's to end.
func (cs *Clients) Delete(ctx context.Context, c *Client) error {
	switch {
	case c.former:
		return ErrUnknown.New()
	case !c.Stored():
		return nil
	}
	for try := 1; ; try++ {
		_, err := cs.Store.Commit(ctx, storage.Change{In: storage.Flows, ID: c.doc.ID, If: c.doc.Rev})
		switch {
		case errors.Is(err, storage.ErrNotFound):
			return nil
		case !errors.Is(err, storage.ErrConflict) || try == tries:
			return err
		}
		if c, err = cs.read(ctx, c.ID); errors.Is(err, storage.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// Enter adds a session to the state of a client. It replaces the client's token by the returned one,
// and drops sessions that are not live, of which [Room] has left fewer than MaxSessions.
func (cs *Clients) Enter(c *Client, in *Part, live []Live, session, strategy string) (token string) {
	token = cs.Renew(c, in)
	in.Drop(func(id string) bool {
		return !slices.ContainsFunc(live, func(one Live) bool { return one.ID == id })
	})
	in.Sessions = append(in.Sessions, session)
	in.Last, in.Strategy = session, strategy
	return token
}

// Room splits the valid sessions of a client, the oldest first, so that another one fits in: those over
// are the caller's to end.
func Room(live []Live) (over, left []Live) {
	many := max(0, len(live)-MaxSessions+1)
	return live[:many], live[many:]
}

// Renew replaces the token of a client by the returned one.
func (*Clients) Renew(c *Client, in *Part) (token string) {
	secret := newSecret()
	in.Fingerprint = fingerprint(secret)
	return join(c.ID, secret)
}

// Drop removes the sessions that have ended. It remembers a few of them.
func (in *Part) Drop(ended func(id string) bool) {
	for _, id := range in.Sessions {
		if ended(id) {
			in.Ended = slices.Insert(in.Ended, 0, id)
		}
	}
	maps.DeleteFunc(in.Enrolments, func(id, _ string) bool { return ended(id) })
	in.Ended = in.Ended[:min(len(in.Ended), MaxSessions)]
	in.Sessions = slices.DeleteFunc(in.Sessions, ended)
	if len(in.Sessions) == 0 {
		in.Last = ""
	} else if !slices.Contains(in.Sessions, in.Last) {
		in.Last = in.Sessions[len(in.Sessions)-1]
	}
}

// Live is a valid session of a client.
type Live struct {
	sessions.Session
	User *users.User
}

// Live returns the valid sessions of a client, the oldest first.
func (cs *Clients) Live(ctx context.Context, c *Client) ([]Live, error) {
	var live []Live
	for _, id := range c.Sessions {
		one, err := cs.valid(ctx, id)
		if errors.Is(err, token.ErrInvalid) {
			continue
		}
		if err != nil {
			return nil, err
		}
		live = append(live, one)
	}
	return live, nil
}

// Session returns a session of a client; ok is false for one that the client never had. The error
// for a session that ended is token.ErrInvalid.
func (cs *Clients) Session(ctx context.Context, c *Client, id string) (one Live, ok bool, err error) {
	switch {
	case slices.Contains(c.Sessions, id):
		one, err = cs.valid(ctx, id)
		return one, true, err
	case slices.Contains(c.Ended, id):
		return Live{}, true, token.ErrInvalid.New()
	}
	return Live{}, false, nil
}

func (cs *Clients) valid(ctx context.Context, id string) (Live, error) {
	s, u, err := cs.sessions.Valid(ctx, id)
	return Live{s, u}, err
}
