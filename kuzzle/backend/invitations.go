package backend

import (
	"context"
	"errors"
	"net/url"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
	"github.com/gokuzzle/kuzzle/kuzzle/queue"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/ticket"
)

// invitations makes links for tickets, and sends invitations by mail.
type invitations struct{ app *App }

var _ tickets.Mailer = invitations{}

// options returns the settings for new tickets.
func (i invitations) options() tickets.Options {
	cfg := &i.app.config
	return tickets.Options{Profiles: cfg.Clerk.Profiles, Link: i.link, Mailer: i, Needs: i.needs}
}

// needs returns the requirements of the settings for new users.
func (i invitations) needs() tickets.Needs {
	r := i.app.clerkRules.Now()
	return tickets.Needs{Needs: needsOf(r), Consent: r.Consent, LetLeaked: !r.RefuseLeaked}
}

// base returns the server's URL, or "" if it is unknown.
func (i invitations) base() string {
	at := i.app.config.Listen
	if addr := i.app.listening.Load(); addr != nil {
		at = (*addr).String()
	}
	return i.app.config.LinkBase(at)
}

// link returns the link of a ticket, or "" if the server's URL is unknown.
func (i invitations) link(text string) string {
	base := i.base()
	if base == "" {
		return ""
	}
	return base + "/_login/" + ticket.Name + "?" + url.Values{ticket.Field: {text}}.Encode()
}

// Mails implements tickets.Mailer.
func (i invitations) Mails() bool {
	return i.app.notices != nil && i.app.notices.sender[notify.Mail] != nil
}

// Message implements tickets.Mailer. The queue encrypts its content.
func (i invitations) Message(ctx context.Context, m tickets.Mail) (storage.Document, error) {
	if !i.Mails() {
		return storage.Document{}, strategies.ErrNotifyOff.New()
	}
	// Each inviter has some mails to an address that nobody else's mails stop.
	part, err := i.app.accounts.Attempts.Part(ctx, m.By, m.Kind, m.Email)
	if err != nil {
		return storage.Document{}, err
	}
	return i.app.notices.message("", min(noticeFor, m.For), notice{Kind: m.Kind, Ticket: m.ID, Organization: m.Organization, Link: m.Link, To: m.Email, Part: part})
}

// Written implements tickets.Mailer.
func (i invitations) Written() {
	i.app.webhooks.Written()
	i.app.notices.queue.Wake()
}

// sendInvitation sends an open invitation.
func (n *notices) sendInvitation(ctx context.Context, item queue.Item, what notice) error {
	ends, err := n.tickets.OpenUntil(ctx, what.Organization, what.Ticket)
	switch {
	case errors.Is(err, tickets.ErrNotFound), errors.Is(err, tickets.ErrNotPending):
		return nil
	case err != nil:
		return err
	}
	if n.sender[notify.Mail] == nil {
		return nil
	}
	return n.let(ctx, item, what, what.To, func() error {
		until := time.UnixMilli(ends).UTC().Format("15:04 UTC, 2 January 2006")
		return n.send(ctx, notify.Mail, what.Kind, what.To, map[string]string{"Name": what.To, "Link": what.Link, "Until": until})
	})
}
