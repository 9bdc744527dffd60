// Package magiclink logs people in by a link that is sent to their mail address.
package magiclink

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	name     = "magic-link"
	goodFor  = 15 * time.Minute
	maxToken = 256 // bytes
)

type strategy struct {
	// URL is the link in the mail; {token} in it is replaced by the token.
	URL  string `json:"url"`
	host strategies.Host
}

// New builds the strategy. backend.Use takes it.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	if len(cfg) == 0 {
		return nil, strategies.ErrNotConfigured
	}
	s := &strategy{host: host}
	err := strategies.DecodeConfig(cfg, s)
	if err == nil && !strings.Contains(s.URL, "{token}") {
		err = errors.New("url must contain {token}")
	}
	return s, err
}

func (*strategy) Name() string     { return name }
func (*strategy) Fields() []string { return []string{"email"} }

// Redirects marks the strategy as one whose login may begin with a link.
func (*strategy) Redirects() {}

func (*strategy) Info(rec strategies.Record) strategies.Credentials {
	return strategies.Credentials{"email": rec.Public["email"]}
}

// address reads the mail address and ignores all other fields.
func address(in strategies.Credentials) (strategies.Identifier, error) {
	ids, err := strategies.Credentials{"email": in["email"]}.Names()
	if err == nil && len(ids) == 0 {
		err = assert.Missing.New("email")
	}
	return append(ids, strategies.Identifier{})[0], err
}

func (*strategy) Check(_ context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	if err := in.Only("email"); err != nil {
		return nil, err
	}
	id, err := address(in)
	switch {
	case err == nil && who.Reason == strategies.Update && len(who.Records) == 0:
		err = strategies.ErrMissing.New(name)
	case err == nil && who.Reason == strategies.Create && len(who.Records) > 0:
		err = strategies.ErrExists.New(name)
	}
	return draft(id), err
}

type draft strategies.Identifier

func (d draft) Identifiers() []strategies.Identifier {
	return []strategies.Identifier{strategies.Identifier(d)}
}

// Seal also stores the address as the secret, so that a new address ends sessions and links.
func (d draft) Seal(context.Context) (strategies.Record, error) {
	return strategies.Record{Identifiers: d.Identifiers(), Public: map[string]any{"email": d.Value}, Secret: strategies.Secret(d.Value)}, nil
}

// Authenticate sends a link to an address, shows a page when the link is opened, and logs in
// when the page posts the token.
func (s *strategy) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	token, given, err := in.Text("token", maxToken)
	switch {
	case err != nil:
		return strategies.Outcome{}, err
	case s.host.Peer(ctx).Link: // a mail scanner may have opened the link
		return strategies.Outcome{Next: &strategies.Step{Page: &strategies.Page{
			Title: "Log in", Text: "The button logs you in, once.", Button: "Log in", Fields: map[string]string{"token": token},
		}}}, nil
	case !given:
		id, err := address(in)
		if err == nil {
			err = s.host.Notify(ctx, strategies.Notice{Kind: name, Name: id, For: goodFor})
		}
		return strategies.Outcome{Next: &strategies.Step{Answer: map[string]any{"sent": err == nil}}}, err
	}
	flow, err := s.host.Flows().Peek(ctx, token)
	if err != nil || flow.Kind != name {
		return strategies.Outcome{}, refused(err)
	}
	found, ok, err := s.host.Find(ctx, flow.Kuid)
	if err != nil || !ok || len(found.Records) == 0 {
		return strategies.Outcome{}, refused(err)
	}
	_, err = s.host.Flows().Take(ctx, token)
	if err != nil {
		return strategies.Outcome{}, refused(err)
	}
	return strategies.Outcome{Kuid: found.Kuid, Factor: name}, nil
}

// refused returns the one error for every invalid token. Other errors, such as too many tries,
// are returned unchanged.
func refused(err error) error {
	if err == nil || errors.Is(err, strategies.ErrFlowUnknown) || errors.Is(err, strategies.ErrFlowExpired) {
		return strategies.Refused()
	}
	return err
}

// WriteNotice creates the token when the message is sent, for the user who has the address then.
func (s *strategy) WriteNotice(ctx context.Context, _ string, found strategies.Found) (map[string]string, bool, error) {
	if len(found.Records) == 0 {
		return nil, false, nil
	}
	token, err := s.host.Flows().Put(ctx, strategies.Flow{Kuid: found.Kuid, Kind: name, For: goodFor, Bound: true, Sent: true})
	return map[string]string{"Token": token, "Link": strings.ReplaceAll(s.URL, "{token}", token)}, err == nil, err
}

func (*strategy) NoticeTexts() map[string]string {
	return map[string]string{name + ".mail.txt": "Your link to log in\n\nHello {{.Name}},\n\nfollow this link within 15 minutes to log in, once:\n\n{{.Link}}\n\n" +
		"If you did not ask for it, leave it alone: without the link nobody gets in.\n"}
}
