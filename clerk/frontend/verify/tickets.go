package verify

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
)

type accepting struct {
	Ticket edge.Text `arg:"ticket"`
}

// Parameters with which a ticket returns to the application, and their values for a person who has an
// account and for one who has none.
const (
	ticketParameter = "__clerk_ticket"
	signsIn         = "sign_in"
	signsUp         = "sign_up"
)

// accept leads from the link of a ticket to the page that its maker named, else to that of the application for
// signing in or up, else to that of this server. The page uses the ticket; a link changes nothing, since
// programs that look into mails follow links.
func (d Deps) accept(ctx context.Context, req *api.Request, args accepting) (api.WithStatus, error) {
	ticket := args.Ticket.Value
	if ticket == "" {
		return api.WithStatus{}, edge.Refusal(edge.Missing, "ticket")
	}
	what, err := d.Accounts.Tickets.Look(ctx, ticket)
	if errors.Is(err, strategies.ErrRefused) {
		err = edge.TicketInvalid.New()
	}
	if err != nil {
		return api.WithStatus{}, frontend.Refused(err)
	}
	status, r := signsIn, d.Users.Rules.Now()
	page := cmp.Or(what.RedirectURL, r.SignInURL)
	if what.Newcomer {
		status, page = signsUp, cmp.Or(what.RedirectURL, r.SignUpURL, r.SignInURL)
	}
	if page == "" {
		own := d.Accounts.Tickets.Link(ticket)
		if own == "" {
			return api.WithStatus{}, edge.NoPublicURL.New()
		}
		return leave(req, own), nil
	}
	answer, ok := lead(req, page, url.Values{ticketParameter: {ticket}, statusParameter: {status}})
	if !ok {
		return answer, edge.Refusal(edge.RedirectForeign, "redirect_url") // its origin may no longer call
	}
	return answer, nil
}

// lead leads to a page of the application with parameters. It reports false, and leads nowhere, for a page
// whose origin may not call.
func lead(req *api.Request, page string, parameters url.Values) (answer api.WithStatus, ok bool) {
	to, err := url.Parse(page)
	if _, allowed := frontend.Of(req).Allows(page); err != nil || !allowed {
		return answer, false
	}
	query := to.Query()
	maps.Copy(query, parameters)
	to.RawQuery = query.Encode()
	return leave(req, to.String()), true
}

// leave leads to another address, which learns nothing of this one.
func leave(req *api.Request, to string) api.WithStatus {
	req.SetHeader("Location", to)
	req.SetHeader("Cache-Control", "no-store")
	req.SetHeader("Referrer-Policy", "no-referrer")
	return api.WithStatus{Status: http.StatusSeeOther, Result: api.Raw{}}
}
