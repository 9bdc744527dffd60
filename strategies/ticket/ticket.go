package ticket

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// Name is the strategy's name.
	Name = "ticket"
	// Field is the field of a login that has the ticket.
	Field = "ticket"

	password  = "password"
	username  = "username"
	firstName = "firstName"
	lastName  = "lastName"
	legal     = "legalAccepted"

	maxTicket = 512
	maxText   = 2048
)

func init() { strategies.Register(Name, New) }

var (
	_ strategies.Strategy  = (*Strategy)(nil)
	_ strategies.LoginOnly = (*Strategy)(nil)

	_ strategies.Redirector = (*Strategy)(nil)
)

// ErrNoCredentials means that a ticket was given as a user's credentials.
var ErrNoCredentials = fault.Declare(0x40280001, "plugin.ticket.no_credentials", 400, "Tickets cannot be a user's credentials. An administrator creates tickets, or invites people.")

// Strategy is the ticket strategy; make it with [New].
type Strategy struct{ host strategies.Host }

// New builds the strategy, which has no options.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	return &Strategy{host}, strategies.DecodeConfig(cfg, &struct{}{})
}

// Name implements strategies.Strategy.
func (*Strategy) Name() string { return Name }

// LoginOnly implements strategies.LoginOnly.
func (*Strategy) LoginOnly() {}

// Redirects implements strategies.Redirector. A link may carry a ticket.
func (*Strategy) Redirects() {}

// Check implements strategies.Strategy. It refuses all credentials.
func (*Strategy) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, ErrNoCredentials.New()
}

// Info implements strategies.Strategy.
func (*Strategy) Info(strategies.Record) strategies.Credentials { return strategies.Credentials{} }

// LoginForm implements strategies.LoginForm. The other fields are for a user who is new.
func (*Strategy) LoginForm() any {
	return struct {
		Ticket        string `json:"ticket"`
		Password      string `json:"password,omitempty"`
		Username      string `json:"username,omitempty"`
		FirstName     string `json:"firstName,omitempty"`
		LastName      string `json:"lastName,omitempty"`
		LegalAccepted bool   `json:"legalAccepted,omitempty"`
	}{}
}

// Authenticate redeems a ticket.
func (s *Strategy) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	ticket, given, err := in.Text(Field, maxTicket)
	if err == nil && !given {
		err = assert.Missing.New(Field)
	}
	var as strategies.Newcomer
	for field, into := range map[string]*string{password: &as.Password, username: &as.Username, firstName: &as.FirstName, lastName: &as.LastName} {
		if err == nil {
			*into, _, err = in.Text(field, maxText)
		}
	}
	switch in[legal] {
	case nil, false:
	case true, "true": // a form sends "true"
		as.LegalAccepted = true
	default:
		err = errors.Join(err, assert.InvalidType.New(legal, "boolean"))
	}
	if err != nil {
		return strategies.Outcome{}, err
	}
	if s.host.Peer(ctx).Link { // a mail scanner may have followed the link
		next, err := s.follow(ctx, ticket)
		return strategies.Outcome{Next: next}, err
	}
	return s.host.Tickets().Redeem(ctx, ticket, as)
}

// The parameters of a redirect, as Clerk's frontend libraries expect them.
const (
	redirectTicket = "__clerk_ticket"
	redirectStatus = "__clerk_status"
)

// follow returns the target of a ticket's link: the application, or a page whose button redeems the
// ticket.
func (s *Strategy) follow(ctx context.Context, ticket string) (*strategies.Step, error) {
	what, err := s.host.Tickets().Look(ctx, ticket)
	if err != nil {
		return nil, err
	}
	if to, err := url.Parse(what.RedirectURL); what.RedirectURL != "" && err == nil {
		query := to.Query()
		query.Set(redirectTicket, ticket)
		query.Set(redirectStatus, map[bool]string{true: "sign_up", false: "sign_in"}[what.Newcomer])
		to.RawQuery = query.Encode()
		return &strategies.Step{Redirect: to.String(), Local: true}, nil
	}
	page := &strategies.Page{Title: "Log in", Text: "The button logs you in, once.", Button: "Log in", Fields: map[string]string{Field: ticket}}
	if what.Newcomer {
		page.Title, page.Text, page.Button = "Create your account", "You are invited. The button creates your account and logs you in.", "Accept"
	}
	for _, field := range what.Asks {
		page.Inputs = append(page.Inputs, strategies.Input{Name: field, Label: labels[field], Secret: field == password, Checked: field == legal})
	}
	return &strategies.Step{Page: page}, nil
}

// labels are the names of a newcomer's fields on pages.
var labels = map[string]string{password: "Password", username: "User name", firstName: "First name", lastName: "Last name", legal: "I accept the terms"}
