package view

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/clerk/frontend"
	clerksessions "github.com/gokuzzle/kuzzle/clerk/sessions"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/clients"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signups"
)

// Client is the state of a browser.
type Client struct {
	Object          string    `json:"object"`
	ID              string    `json:"id"`
	Sessions        []Session `json:"sessions"`
	SignIn          *SignIn   `json:"sign_in"`
	SignUp          *SignUp   `json:"sign_up"`
	LastActive      *string   `json:"last_active_session_id"`
	LastStrategy    *string   `json:"last_authentication_strategy"`
	CookieExpiresAt *int64    `json:"cookie_expires_at"`
	CaptchaBypass   bool      `json:"captcha_bypass"`
	CreatedAt       int64     `json:"created_at"`
	UpdatedAt       int64     `json:"updated_at"`
}

// clientPrefix begins the ids of clients.
const clientPrefix = "client_"

// Client returns the state of a visit's browser, nil for one without state.
func (m *Maker) Client(ctx context.Context, v *frontend.Visit) (*Client, error) {
	c := v.Client
	if c == nil || !c.Stored() {
		return nil, nil
	}
	live, err := m.Accounts.Clients.Live(ctx, c)
	if err != nil {
		return nil, err
	}
	out := &Client{
		Object: "client", ID: clientPrefix + c.ID, Sessions: []Session{}, LastStrategy: orNull(Strategy(c.Strategy)),
		CreatedAt: c.CreatedAt, UpdatedAt: c.ChangedAt,
	}
	for i := range live {
		shown, err := m.session(ctx, v, &live[i])
		if err != nil {
			return nil, err
		}
		out.Sessions = append(out.Sessions, *shown)
		if live[i].ID == c.Last || out.LastActive == nil {
			out.LastActive = &out.Sessions[i].ID
		}
	}
	if c.SignIn != nil {
		var a signins.Attempt
		if err := json.Unmarshal(c.SignIn, &a); err != nil {
			return nil, err
		}
		if out.SignIn, err = m.SignIn(ctx, &a); err != nil {
			return nil, err
		}
	}
	if c.SignUp != nil {
		var a signups.Attempt
		if err := json.Unmarshal(c.SignUp, &a); err != nil {
			return nil, err
		}
		out.SignUp = m.SignUp(&a)
	}
	return out, nil
}

// Answer returns an answer with the browser's state. A late one has none, which would replace a newer one.
func (m *Maker) Answer(ctx context.Context, v *frontend.Visit, response any) (frontend.Answer, error) {
	if v.Late {
		return frontend.Answer{Response: response}, nil
	}
	c, err := m.Client(ctx, v)
	if c == nil {
		return frontend.Answer{Response: response}, err
	}
	return frontend.Answer{Response: response, Client: c}, err
}

// Session is a session of a browser.
type Session struct {
	Object          string               `json:"object"`
	ID              string               `json:"id"`
	Status          string               `json:"status"`
	ExpireAt        int64                `json:"expire_at"`
	AbandonAt       int64                `json:"abandon_at"`
	LastActiveAt    int64                `json:"last_active_at"`
	LastActiveOrg   *string              `json:"last_active_organization_id"`
	LastActiveToken *clerksessions.Token `json:"last_active_token"`
	Actor           any                  `json:"actor"`
	Tasks           []any                `json:"tasks"`
	User            *User                `json:"user"`
	PublicUserData  any                  `json:"public_user_data"`
	FactorAge       [2]int64             `json:"factor_verification_age"`
	CreatedAt       int64                `json:"created_at"`
	UpdatedAt       int64                `json:"updated_at"`
}

// setUp is the task of a pending session.
var setUp = []any{map[string]string{"key": "setup-mfa"}}

// session returns a valid session with a fresh token.
func (m *Maker) session(ctx context.Context, v *frontend.Visit, live *clients.Live) (*Session, error) {
	token, err := m.Tokens.Kept(ctx, live.Session, live.User, v.Origin, v.Client.ChangedAt)
	if err != nil {
		return nil, err
	}
	out, err := m.Session(ctx, live, "")
	if err == nil {
		out.LastActiveToken = &token
	}
	return out, err
}

// Session returns a session without a token. The status is "" for a valid session, which is active, or
// pending with a task for its user.
func (m *Maker) Session(ctx context.Context, live *clients.Live, status string) (*Session, error) {
	var err error
	if status == "" {
		if status, err = m.Tokens.Standing(ctx, live.Session, live.User); err != nil {
			return nil, err
		}
	}
	plain := clerksessions.Shown(live.Session, status)
	out := &Session{
		Object: plain.Object, ID: plain.ID, Status: status, ExpireAt: plain.ExpireAt, AbandonAt: plain.AbandonAt,
		LastActiveAt: m.Now().UnixMilli(), Actor: plain.Actor, CreatedAt: plain.CreatedAt, UpdatedAt: plain.UpdatedAt,
		PublicUserData: m.Shapes.PublicUser(live.User), FactorAge: clerksessions.Ages(live.Session, m.Now()),
	}
	if status == clerksessions.Pending {
		out.Tasks = setUp
	}
	if out.LastActiveOrg, err = m.Tokens.Acting(ctx, live.Session); err != nil {
		return nil, err
	}
	out.User, err = m.User(ctx, live.User)
	return out, err
}
