package tickets

import (
	"context"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/registry"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/strategies"
)

// factor is the factor that a ticket proves, with the name of its strategy.
const factor = "ticket"

// Redeem implements logins.Tickets.
func (ts *Tickets) Redeem(ctx context.Context, by users.Actor, ticket string, as strategies.Newcomer) (strategies.Outcome, *users.User, error) {
	t, o, err := ts.shown(ctx, ticket)
	if err != nil {
		return strategies.Outcome{}, nil, err
	}
	if o != nil {
		u, err := ts.accept(ctx, by, o, as)
		if err != nil {
			return strategies.Outcome{}, nil, err
		}
		return strategies.Outcome{Kuid: u.Kuid, Factor: factor}, u, nil
	}
	u, err := ts.users.Current(ctx, t.Kuid)
	if errors.Is(err, users.ErrUserNotFound) || err == nil && u.Incarnation != t.Incarnation {
		err = strategies.Refused()
	}
	if err == nil && t.MadeBy != "" {
		var serves bool
		if serves, err = ts.containment.Serves(ctx, t.MadeBy, u); err == nil && !serves {
			err = strategies.ErrTicketRevoked.New()
		}
	}
	return strategies.Outcome{
		Kuid: t.Kuid, Factor: factor, Once: registry.TicketOnce(t.ID), Act: t.Actor, ActBy: t.ActBy, Within: t.Within, Organization: t.Organization, Membership: t.Membership,
	}, u, err
}

// shown returns the valid ticket that a client shows, or the offer of an invitation.
func (ts *Tickets) shown(ctx context.Context, ticket string) (*Ticket, offer, error) {
	id, secret, ok := split(ticket)
	if !ok {
		return nil, nil, strategies.Refused()
	}
	if organization, id, of := strings.Cut(id, separator); of {
		j, err := ts.joining(ctx, organization, id, secret)
		return nil, j, err
	}
	t, err := ts.get(ctx, id)
	if errors.Is(err, ErrNotFound) || err == nil && !fits(t.Fingerprint, secret) {
		err = strategies.Refused()
	}
	if err == nil {
		err = open(t.Status)
	}
	if err != nil {
		return nil, nil, err
	}
	if t.Kind == Invitation {
		return t, own{ts, t}, nil
	}
	return t, nil, nil
}

// joining returns the offer of an invitation to an organization.
func (ts *Tickets) joining(ctx context.Context, organization, id, secret string) (offer, error) {
	i, err := ts.invitations.Invitation(ctx, organization, id)
	if errors.Is(err, organizations.ErrNotFound) || errors.Is(err, organizations.ErrNoInvitation) || err == nil && !fits(i.Fingerprint, secret) {
		err = strategies.Refused()
	}
	if err == nil {
		err = open(i.Status)
	}
	if err != nil {
		return nil, err
	}
	return joining{ts, &i}, nil
}

// open refuses a ticket that can no longer be used. Invitations to organizations have the same
// statuses.
func open(status string) error {
	switch status {
	case Accepted:
		return strategies.ErrTicketUsed.New()
	case Revoked:
		return strategies.ErrTicketRevoked.New()
	case Expired:
		return strategies.ErrTicketExpired.New()
	}
	return nil
}

// Look implements logins.Tickets.
func (ts *Tickets) Look(ctx context.Context, ticket string) (strategies.Glance, error) {
	var g strategies.Glance
	_, o, err := ts.shown(ctx, ticket)
	if err != nil || o == nil {
		return g, err
	}
	g.RedirectURL = o.redirect()
	u, err := ts.holder(ctx, o.email())
	if g.Newcomer = u == nil; g.Newcomer && err == nil {
		for _, one := range ts.asked(strategies.Newcomer{}) {
			if one.need == credentials.Required {
				g.Asks = append(g.Asks, one.field)
			}
		}
	}
	return g, err
}
