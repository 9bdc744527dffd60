package sessions

import (
	"context"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/kuzzle/token/templates"
)

// Name is the name of the controller.
const Name = "clerk-sessions"

// Deps are the dependencies of the actions.
type Deps struct {
	Accounts *accounts.Accounts
	Make     resource.Maker
	// Logo returns the URL of an organization's logo, or "".
	Logo      func(*organizations.Organization) string
	Signer    *signing.Signer
	Templates *templates.Templates
	Sealer    *token.Sealer
	Dialect   *api.Dialect
}

type controller struct {
	Deps
	all sessions.Managed
}

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps, sessions.Manage(deps.Accounts.Sessions)}
	return api.Controller{
		Name: Name, About: "Sessions and their tokens, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: []api.Declared{
			api.Action[listing, any]{
				Name: "getSessionList", Routes: api.Routes{"GET /sessions"}, Summary: "Lists the sessions of a user, or the session of a client.", Run: c.list,
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
				Summary: "Makes a token of a session, which other services verify themselves.", Run: c.token,
			},
			api.Action[templateTokenOf, Token]{
				Name: "getTokenFromTemplate", Routes: api.Routes{"POST /sessions/{session_id}/tokens/{template_name}"},
				Summary: "Makes a token about the user of a session, with the claims of a template.", Run: c.templateToken,
			},
			api.Action[verification, Session]{
				Name: "verifySession", Routes: api.Routes{"POST /sessions/{session_id}/verify"},
				Summary: "Verifies a token of a session, for clients of API versions before 2025-04-10.", Run: c.verify,
				Answers: []any{Session{}, edge.OperationDeprecated},
			},
			api.Action[refreshing, Token]{
				Name: "refreshSession", Routes: api.Routes{"POST /sessions/{session_id}/refresh"},
				Summary: "Exchanges an expired session token and a refresh token for a new session token.", Run: c.refresh,
			},
			api.Action[handedOff, Directives]{
				Name: "getHandshakePayload", Routes: api.Routes{"GET /clients/handshake_payload"}, Summary: "Returns, once, the cookies that a browser was sent back with.", Secret: true, Run: c.handshake,
			},
			api.Action[api.None, TestingToken]{
				Name: "createTestingToken", Routes: api.Routes{"POST /testing_tokens"}, Summary: "Makes a token by which tests pass the detection of bots.", Run: c.testingToken,
			},
			api.Action[api.None, api.Raw]{
				Name: edge.Unlimited, Routes: api.Routes{"GET /jwks"}, Summary: "Returns the public keys that verify tokens.", Run: c.jwks,
				Answers: []any{api.Raw{ContentType: "application/json", Value: map[string]any{}}},
			},
		},
	}
}

// Session is the resource of a session.
type Session struct {
	Object                   string  `json:"object"`
	ID                       string  `json:"id"`
	UserID                   string  `json:"user_id"`
	ClientID                 string  `json:"client_id"`
	Actor                    any     `json:"actor"`
	Status                   string  `json:"status"`
	LastActiveOrganizationID *string `json:"last_active_organization_id"`
	LastActiveAt             int64   `json:"last_active_at"`
	// LatestActivity is the activity that began the session, nil if unknown.
	LatestActivity *Activity `json:"latest_activity"`
	ExpireAt       int64     `json:"expire_at"`
	AbandonAt      int64     `json:"abandon_at"`
	UpdatedAt      int64     `json:"updated_at"`
	CreatedAt      int64     `json:"created_at"`
	Tasks          *[]any    `json:"tasks"`
}

// Activity is a device on which a session was used. Its location is unknown here.
type Activity struct {
	Object         string `json:"object"`
	ID             string `json:"id"`
	DeviceType     string `json:"device_type,omitempty"`
	IsMobile       bool   `json:"is_mobile"`
	BrowserName    string `json:"browser_name,omitempty"`
	BrowserVersion string `json:"browser_version,omitempty"`
	IPAddress      string `json:"ip_address,omitempty"`
}

// Statuses of sessions in answers.
const (
	Active  = "active"
	Pending = "pending"
	revoked = "revoked"
)

// statuses are all of Clerk's statuses; a session here is active while it exists.
var statuses = []string{"abandoned", Active, "ended", "expired", Pending, "removed", "replaced", revoked}

// never is the end of a session without one: the last day that JavaScript's and Go's dates
// both write with four digits.
const never = 253_402_300_799_000

// shown returns the resource of a session. The organization that it acts for is shown while
// its user is a member.
func (c *controller) shown(ctx context.Context, s sessions.Session, status string) (Session, error) {
	by, err := c.acting(ctx, s)
	if by == nil {
		s.Acting = nil
	}
	return Shown(s, status), err
}

// Shown returns the resource of a session with a status and all stored data.
func Shown(s sessions.Session, status string) Session {
	end := s.ExpiresAt
	if end < 0 {
		end = never
	}
	out := Session{
		Object: "session", ID: idPrefix + compact(s.ID), UserID: s.Kuid, ClientID: clientPrefix + compact(s.ID), Status: status, Actor: orNull(s.Act),
		LastActiveAt: s.CreatedAt, ExpireAt: end, AbandonAt: end, UpdatedAt: s.CreatedAt, CreatedAt: s.CreatedAt,
	}
	if d := s.Device.Shown(); d != nil {
		out.LatestActivity = &Activity{
			Object: "session_activity", ID: activityPrefix + compact(s.ID), DeviceType: d.System, IsMobile: d.Mobile,
			BrowserName: d.Browser, BrowserVersion: d.Version, IPAddress: d.Addr,
		}
	}
	if s.Acting != nil {
		out.LastActiveOrganizationID = &s.Acting.Organization
	}
	return out
}

// orNull makes a missing actor null.
func orNull(actor map[string]any) any {
	if actor == nil {
		return nil
	}
	return actor
}

const (
	idPrefix     = "sess_"
	clientPrefix = "client_"
	// activityPrefix begins the ids of activities; a session has one.
	activityPrefix = "sess_activity_"
	// uuidHex is the number of digits of an id.
	uuidHex = 32
)

func compact(id string) string { return strings.ReplaceAll(id, "-", "") }

// stored returns the stored id of a session; ok is false for an invalid id.
func stored(id, prefix string) (string, bool) {
	hex, ok := strings.CutPrefix(id, prefix)
	if !ok || len(hex) != uuidHex || strings.Trim(hex, "0123456789abcdef") != "" {
		return "", false
	}
	return hex[:8] + "-" + hex[8:12] + "-" + hex[12:16] + "-" + hex[16:20] + "-" + hex[20:], true
}

// byID has the arguments of actions on one session.
type byID struct {
	ID string `arg:"session_id,required"`
}

func (c *controller) find(ctx context.Context, id, prefix string) (sessions.Session, error) {
	return byStored(id, prefix, func(id string) (sessions.Session, error) { return c.all.Find(ctx, id) })
}

// findFor is like find, for callers that make tokens of the session.
func (c *controller) findFor(ctx context.Context, req *api.Request, id string) (sessions.Session, error) {
	return byStored(id, idPrefix, func(id string) (sessions.Session, error) { return c.all.FindFor(ctx, kuzzleview.Actor(req), id) })
}

// byStored calls do with the stored id of a session in Clerk's form.
func byStored(id, prefix string, do func(id string) (sessions.Session, error)) (sessions.Session, error) {
	id, ok := stored(id, prefix)
	if !ok {
		return sessions.Session{}, edge.NotFound.New()
	}
	return do(id)
}

func (c *controller) get(ctx context.Context, _ *api.Request, args byID) (Session, error) {
	s, err := c.find(ctx, args.ID, idPrefix)
	if err != nil {
		return Session{}, err
	}
	return c.shown(ctx, s, Active)
}

func (c *controller) revoke(ctx context.Context, req *api.Request, args byID) (Session, error) {
	s, err := byStored(args.ID, idPrefix, func(id string) (sessions.Session, error) { return c.all.Revoke(ctx, kuzzleview.Actor(req), id) })
	if err != nil {
		return Session{}, err
	}
	return c.shown(ctx, s, revoked)
}

type beginning struct {
	UserID       edge.Text `body:"user_id"`
	Organization edge.Text `body:"active_organization_id"`
}

func (c *controller) create(ctx context.Context, req *api.Request, args beginning) (Session, error) {
	if !edge.TestKey(req) {
		return Session{}, edge.EnvironmentInvalid.New()
	}
	if args.UserID.Value == "" {
		return Session{}, edge.Refusal(edge.Missing, "user_id")
	}
	// A missing user is reported before a missing membership.
	if _, err := c.Accounts.Users.Current(ctx, args.UserID.Value); err != nil {
		return Session{}, err
	}
	by, err := c.begins(ctx, args.UserID.Value, args.Organization)
	if err != nil {
		return Session{}, err
	}
	s, err := c.all.Begin(ctx, kuzzleview.Actor(req), args.UserID.Value, by)
	if err != nil {
		return Session{}, err
	}
	return c.shown(ctx, s, Active)
}
