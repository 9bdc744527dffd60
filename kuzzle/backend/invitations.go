package backend

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/ticket"
)

// invitations makes links of tickets, and sends invitations by mail.
type invitations struct{ app *App }

var _ tickets.Mailer = invitations{}

// options are how tickets are given out.
func (i invitations) options() tickets.Options {
	cfg := &i.app.config
	return tickets.Options{Profiles: cfg.Clerk.Profiles, Link: i.link, Mailer: i, Needs: i.needs}
}

// needs are what the settings ask of newcomers.
func (i invitations) needs() tickets.Needs {
	r := i.app.clerkRules.Now()
	return tickets.Needs{Needs: needsOf(r), Consent: r.Consent, LetLeaked: !r.RefuseLeaked}
}

// link is the link of a ticket, "" where nobody knows the server's address.
func (i invitations) link(text string) string {
	at := i.app.config.Listen
	if addr := i.app.listening.Load(); addr != nil {
		at = (*addr).String()
	}
	base := i.app.config.LinkBase(at)
	if base == "" {
		return ""
	}
	return base + "/_login/" + ticket.Name + "?" + url.Values{ticket.Field: {text}}.Encode()
}

// Mails implements tickets.Mailer.
func (i invitations) Mails() bool {
	return i.app.notices != nil && i.app.notices.sender[notify.Mail] != nil
}

// Invite implements tickets.Mailer. The queue seals what it keeps.
func (i invitations) Invite(ctx context.Context, m tickets.Mail) error {
	if !i.Mails() {
		return strategies.ErrNotifyOff.New()
	}
	return i.app.notices.put(ctx, "", min(noticeFor, m.For), notice{Kind: m.Kind, Ticket: m.ID, Organization: m.Organization, Link: m.Link, To: m.Email})
}

// earlyTries are those after which an invitation that is not there yet was never made.
const earlyTries = 3

// sendInvitation sends an invitation that is open. Whoever makes one puts the mail into
// the queue before, so that the invitation of one that comes too early may have been refused.
func (n *notices) sendInvitation(ctx context.Context, item queue.Item, what notice) error {
	ends, err := n.tickets.OpenUntil(ctx, what.Organization, what.Ticket)
	switch {
	case errors.Is(err, tickets.ErrNotFound) && item.Tries < earlyTries:
		return queue.ErrEarly
	case errors.Is(err, tickets.ErrNotFound), errors.Is(err, tickets.ErrNotPending):
		return nil
	case err != nil:
		return err
	}
	if n.sender[notify.Mail] == nil {
		return nil
	}
	if let, err := n.let(ctx, item, what, what.To); err != nil || !let {
		return err
	}
	until := time.UnixMilli(ends).UTC().Format("15:04 UTC, 2 January 2006")
	return n.send(ctx, notify.Mail, what.Kind, what.To, map[string]string{"Name": what.To, "Link": what.Link, "Until": until})
}
