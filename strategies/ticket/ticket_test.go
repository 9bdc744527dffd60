package ticket_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
	"github.com/gokuzzle/kuzzle/strategies/ticket"
)

func TestStrategy(t *testing.T) {
	strategytest.RunTickets(t, ticket.New, strategytest.TicketFixtures{
		Login: func(text string) strategies.Credentials { return strategies.Credentials{ticket.Field: text} },
	})
}
