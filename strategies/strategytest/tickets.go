package strategytest

import (
	"context"
	"crypto/rand"

	"github.com/gokuzzle/kuzzle/strategies"
)

// NewTicket issues a ticket that logs a user in once.
func NewTicket(h *Host, kuid string) string {
	ticket := rand.Text()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.tickets[ticket] = kuid
	return ticket
}

// Tickets implements strategies.Host.
func (m *mounted) Tickets() strategies.Tickets { return tickets{m} }

type tickets struct{ m *mounted }

// Redeem implements strategies.Tickets.
func (ts tickets) Redeem(ctx context.Context, ticket string, _ strategies.Newcomer) (strategies.Outcome, error) {
	ts.m.note("Redeem")
	if err := ts.m.admit(ctx, "ticket:"+ticket); err != nil {
		return strategies.Outcome{}, err
	}
	ts.m.mu.Lock()
	defer ts.m.mu.Unlock()
	kuid, known := ts.m.tickets[ticket]
	if !known || ts.m.accounts[kuid] == nil {
		return strategies.Outcome{}, strategies.Refused()
	}
	return strategies.Outcome{Kuid: kuid, Factor: "ticket", Once: "ticket:" + ticket}, nil
}

// Look implements strategies.Tickets.
func (ts tickets) Look(ctx context.Context, ticket string) (strategies.Glance, error) {
	ts.m.note("Look")
	return strategies.Glance{}, ts.m.admit(ctx, "ticket:"+ticket)
}
