package ticket

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// Name is the strategy's name.
	Name = "ticket"
	// Field is what a login has its ticket in.
	Field = "ticket"

	password  = "password"
	username  = "username"
	firstName = "firstName"
	lastName  = "lastName"

	maxTicket = 512
	maxText   = 2048
)

func init() { strategies.Register(Name, New) }

var (
	_ strategies.Strategy  = (*Strategy)(nil)
	_ strategies.LoginOnly = (*Strategy)(nil)
)

// ErrNoCredentials: nobody has credentials of this strategy.
var ErrNoCredentials = fault.Declare(0x40260001, "plugin.ticket.no_credentials", 400, "Nobody has tickets as credentials. An administrator makes them, or invites somebody.")

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

// Check implements strategies.Strategy: it refuses everything.
func (*Strategy) Check(context.Context, strategies.Subject, strategies.Credentials) (strategies.Draft, error) {
	return nil, ErrNoCredentials.New()
}

// Info implements strategies.Strategy.
func (*Strategy) Info(strategies.Record) strategies.Credentials { return strategies.Credentials{} }

// Authenticate redeems a ticket.
func (s *Strategy) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	if err := in.Only(Field, password, username, firstName, lastName); err != nil {
		return strategies.Outcome{}, err
	}
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
	if err != nil {
		return strategies.Outcome{}, err
	}
	return s.host.Tickets().Redeem(ctx, ticket, as)
}
