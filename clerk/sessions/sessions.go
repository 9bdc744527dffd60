package sessions

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/controllers/wire"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/servicekeys"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
)

// Name is the controller's.
const Name = "clerk-sessions"

// Deps are what the actions need.
type Deps struct {
	Sessions sessions.Managed
	Signer   *signing.Signer
	Dialect  *api.Dialect
}

type controller struct{ Deps }

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "Sessions and their tokens, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			api.Action[listing, any]{
				Name: "getSessionList", Routes: api.Routes{"GET /sessions"}, Summary: "Lists the sessions of a user, or the one of a client.", Run: c.list,
			},
			api.Action[beginning, Session]{
				Name: "createSession", Routes: api.Routes{"POST /sessions"}, Summary: "Begins a session without a login, for tests.", Run: c.create,
			},
			api.Action[byID, Session]{
				Name: "getSession", Routes: api.Routes{"GET /sessions/{session_id}"}, Summary: "Reads a session.", Run: c.get,
			},
			api.Action[byID, Session]{
				Name: "revokeSession", Routes: api.Routes{"POST /sessions/{session_id}/revoke"}, Summary: "Ends a session.", Run: c.revoke,
			},
			api.Action[tokenOf, Token]{
				Name: "getToken", Routes: api.Routes{"POST /sessions/{session_id}/tokens"},
				Summary: "Makes a token of a session, which other services verify by themselves.", Run: c.token,
			},
			api.Action[api.None, api.Raw]{
				Name: edge.Unlimited, Routes: api.Routes{"GET /jwks"}, Summary: "Shows the public keys that verify tokens.", Run: c.jwks,
			},
		},
	}
}

// Session is a session.
type Session struct {
	Object                   string `json:"object"`
	ID                       string `json:"id"`
	UserID                   string `json:"user_id"`
	ClientID                 string `json:"client_id"`
	Actor                    any    `json:"actor"`
	Status                   string `json:"status"`
	LastActiveOrganizationID any    `json:"last_active_organization_id"`
	LastActiveAt             int64  `json:"last_active_at"`
	LatestActivity           any    `json:"latest_activity"`
	ExpireAt                 int64  `json:"expire_at"`
	AbandonAt                int64  `json:"abandon_at"`
	UpdatedAt                int64  `json:"updated_at"`
	CreatedAt                int64  `json:"created_at"`
	Tasks                    []any  `json:"tasks"`
}

// The statuses that a session is told with.
const (
	active  = "active"
	revoked = "revoked"
)

// statuses are all that Clerk has; a session here is active as long as it is there.
var statuses = []string{"abandoned", active, "ended", "expired", "pending", "removed", "replaced", revoked}

// never is the end of a session without one: the last day that dates of JavaScript's
// and Go's both write with four digits.
const never = 253_402_300_799_000

func shown(s sessions.Session, status string) Session {
	end := s.ExpiresAt
	if end < 0 {
		end = never
	}
	return Session{
		Object: "session", ID: idPrefix + compact(s.ID), UserID: s.Kuid, ClientID: clientPrefix + compact(s.ID), Status: status,
		LastActiveAt: s.CreatedAt, ExpireAt: end, AbandonAt: end, UpdatedAt: s.CreatedAt, CreatedAt: s.CreatedAt,
	}
}

const (
	idPrefix     = "sess_"
	clientPrefix = "client_"
	// uuidHex is how many digits an id has.
	uuidHex = 32
)

func compact(id string) string { return strings.ReplaceAll(id, "-", "") }

// stored is the id by which a session is kept; ok is false for what is none.
func stored(id, prefix string) (string, bool) {
	hex, ok := strings.CutPrefix(id, prefix)
	if !ok || len(hex) != uuidHex || strings.Trim(hex, "0123456789abcdef") != "" {
		return "", false
	}
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:], true
}

// byID are the arguments of actions on one session.
type byID struct {
	ID string `arg:"session_id,required"`
}

func (c *controller) find(ctx context.Context, id, prefix string) (sessions.Session, error) {
	id, ok := stored(id, prefix)
	if !ok {
		return sessions.Session{}, edge.NotFound.New()
	}
	return c.Sessions.Find(ctx, id)
}

func (c *controller) get(ctx context.Context, _ *api.Request, args byID) (Session, error) {
	s, err := c.find(ctx, args.ID, idPrefix)
	return shown(s, active), err
}

func (c *controller) revoke(ctx context.Context, req *api.Request, args byID) (Session, error) {
	id, ok := stored(args.ID, idPrefix)
	if !ok {
		return Session{}, edge.NotFound.New()
	}
	s, err := c.Sessions.Revoke(ctx, wire.Actor(req), id)
	return shown(s, revoked), err
}

type beginning struct {
	UserID edge.Text `body:"user_id"`
}

func (c *controller) create(ctx context.Context, req *api.Request, args beginning) (Session, error) {
	if key, is := req.Caller.Principal.(*servicekeys.Principal); !is || key.Key.Kind != servicekeys.Test {
		return Session{}, edge.EnvironmentInvalid.New()
	}
	if args.UserID.Value == "" {
		return Session{}, edge.Refusal(edge.Missing, "user_id")
	}
	s, err := c.Sessions.Begin(ctx, args.UserID.Value)
	return shown(s, active), err
}
