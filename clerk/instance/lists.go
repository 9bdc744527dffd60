package instance

import (
	"cmp"
	"context"
	"errors"
	"math"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/admission"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/notify"
)

// Parameters of both lists.
const (
	identifierParam = "identifier"
	notifyParam     = "notify"
)

// finishing bounds the rest of a change whose caller has gone.
const finishing = 20 * time.Second

// list is a list as clients know it, by the name of its entries.
type list struct {
	domain         admission.List
	object         string
	added, removed string
}

var (
	allow = list{admission.Allow, "allowlist_identifier", events.AllowlistAdded, events.AllowlistRemoved}
	block = list{admission.Block, "blocklist_identifier", events.BlocklistAdded, events.BlocklistRemoved}
)

// lists returns the actions on both lists.
func (c *controller) lists() []api.Declared {
	return []api.Declared{
		api.Action[listing, any]{
			Name: "getAllowlistIdentifierList", Routes: api.Routes{"GET /allowlist_identifiers"}, Summary: "Lists the allowed identifiers, newest first.",
			Run: func(ctx context.Context, _ *api.Request, args listing) (any, error) {
				page, err := c.page(ctx, allow, args)
				if err != nil || args.Paginated.Or(false) {
					return page, err
				}
				return page.Data, nil
			},
		},
		api.Action[listed, Identifier]{
			Name: "createAllowlistIdentifier", Routes: api.Routes{"POST /allowlist_identifiers"}, Summary: "Allows an identifier, or a whole domain, to sign up.",
			Run: func(ctx context.Context, req *api.Request, args listed) (Identifier, error) {
				return c.allow(ctx, req, args)
			},
		},
		c.removes("deleteAllowlistIdentifier", "DELETE /allowlist_identifiers/{identifier_id}", "Removes an identifier from the allow list.", allow),
		api.Action[listing, resource.Paginated[Identifier]]{
			Name: "getBlocklistIdentifierList", Routes: api.Routes{"GET /blocklist_identifiers"}, Summary: "Lists the blocked identifiers, newest first.",
			Run: func(ctx context.Context, _ *api.Request, args listing) (resource.Paginated[Identifier], error) {
				return c.page(ctx, block, args)
			},
		},
		api.Action[blocked, Identifier]{
			Name: "createBlocklistIdentifier", Routes: api.Routes{"POST /blocklist_identifiers"}, Summary: "Blocks an identifier, or a whole domain, from signing up.",
			Run: func(ctx context.Context, req *api.Request, args blocked) (Identifier, error) {
				return c.add(ctx, req, block, args.Identifier)
			},
		},
		c.removes("deleteBlocklistIdentifier", "DELETE /blocklist_identifiers/{identifier_id}", "Removes an identifier from the block list.", block),
	}
}

// Identifier is an entry of a list.
type Identifier struct {
	Object         string `json:"object"`
	ID             string `json:"id"`
	Identifier     string `json:"identifier"`
	IdentifierType string `json:"identifier_type"`
	InstanceID     string `json:"instance_id"`
	InvitationID   string `json:"invitation_id,omitempty"`
	CreatedAt      int64  `json:"created_at"`
	UpdatedAt      int64  `json:"updated_at"`
}

// types maps kinds of addresses to their names in the API.
var types = map[string]string{
	users.Email: resource.EmailAddressObject, users.Phone: resource.PhoneNumberObject, users.Wallet: resource.Web3WalletObject,
}

func shown(l list, e admission.Entry, instance string) Identifier {
	return Identifier{
		Object: l.object, ID: e.ID, Identifier: e.Identifier, IdentifierType: types[e.Kind], InstanceID: instance, InvitationID: e.Invitation, CreatedAt: e.CreatedAt, UpdatedAt: e.CreatedAt,
	}
}

// listing has the arguments of both lists.
type listing struct {
	Paginated edge.Flag   `arg:"paginated"`
	Limit     edge.Number `arg:"limit"`
	Offset    edge.Number `arg:"offset"`
}

// page returns a page of a list. The block list is complete if no limit is given.
func (c *controller) page(ctx context.Context, l list, args listing) (out resource.Paginated[Identifier], err error) {
	var j edge.Judging
	limit, _ := j.Limit(args.Limit)
	offset := j.Offset(args.Offset, math.MaxInt64)
	if err = j.Err(); err != nil {
		return out, err
	}
	id, err := c.Instance.ID()
	if err != nil {
		return out, err
	}
	all, err := c.Accounts.Admission.Listed(ctx, l.domain)
	if l == block && !args.Limit.Is() {
		limit = len(all)
	}
	out = resource.Paginated[Identifier]{Data: []Identifier{}, TotalCount: int64(len(all))}
	for _, e := range edge.PageOf(all, limit, offset) {
		out.Data = append(out.Data, shown(l, e, id))
	}
	return out, err
}

// listed has the arguments of createAllowlistIdentifier.
type listed struct {
	Identifier edge.Text `body:"identifier"`
	Notify     edge.Flag `body:"notify"`
}

// allow adds an identifier to the allow list, and sends an invitation to an e-mail
// address. With a test key the invitation is also made if no messages can be sent, like
// other invitations.
func (c *controller) allow(ctx context.Context, req *api.Request, args listed) (Identifier, error) {
	given, notifies := args.Identifier.Value, args.Notify.Or(false)
	if _, reason := users.CanonicalContact(users.Email, given); notifies && given != "" && (reason != "" || strings.HasPrefix(given, "*")) {
		return Identifier{}, edge.Refusal(edge.ValueInvalid, notifyParam)
	}
	if !notifies {
		return c.add(ctx, req, allow, args.Identifier)
	}
	// Whether the caller stays or not, the address ends up allowed and invited, or neither.
	whole := context.WithoutCancel(ctx)
	ctx, cancel := context.WithTimeout(whole, finishing)
	defer cancel()
	shown, err := c.add(ctx, req, allow, args.Identifier)
	if err != nil {
		return Identifier{}, err
	}
	invitation := tickets.NewInvitation{Email: shown.Identifier, Mail: notify.Invitation}
	if edge.TestKey(req) && !c.Accounts.Tickets.Mails() {
		invitation.Mail = ""
	}
	made, err := c.Accounts.Tickets.Invite(ctx, kuzzleview.Actor(req), invitation)
	if err == nil {
		shown.InvitationID = made[0].ID
		return shown, c.Accounts.Admission.Invited(ctx, allow.domain, shown.ID, shown.InvitationID)
	}
	undoing, cancel := context.WithTimeout(whole, finishing)
	defer cancel()
	_, removing := c.remove(undoing, req, allow, shown.ID)
	for from, to := range map[*fault.Kind]*fault.Error{
		tickets.ErrHasUser: edge.Refusal(edge.IdentifierExists, identifierParam), tickets.ErrInvited: edge.InvitationPending.New(),
		tickets.ErrNoMail: edge.NoMail.New(), tickets.ErrNoLink: edge.NoPublicURL.New(),
	} {
		if errors.Is(err, from) {
			err = to
		}
	}
	return Identifier{}, cmp.Or(removing, err)
}

// blocked has the arguments of createBlocklistIdentifier.
type blocked struct {
	Identifier edge.Text `body:"identifier"`
}

func (c *controller) add(ctx context.Context, req *api.Request, l list, given edge.Text) (Identifier, error) {
	switch {
	case !given.Given:
		return Identifier{}, edge.Refusal(edge.Missing, identifierParam)
	case given.Value == "":
		return Identifier{}, edge.Refusal(edge.Nil, identifierParam)
	}
	id, err := c.Instance.ID()
	if err != nil {
		return Identifier{}, err
	}
	e, err := c.Accounts.Admission.Add(ctx, l.domain, given.Value)
	switch {
	case errors.Is(err, admission.ErrIdentifier):
		return Identifier{}, edge.Refusal(edge.FormatInvalid, identifierParam)
	case errors.Is(err, admission.ErrListed):
		return Identifier{}, edge.DuplicateRecord.New()
	case errors.Is(err, admission.ErrFull):
		return Identifier{}, edge.QuotaExceeded.New()
	case err != nil:
		return Identifier{}, err
	}
	c.Accounts.Users.Emit(ctx, l.added, kuzzleview.Actor(req), users.Subject(events.Identifier, e.ID), nil)
	return shown(l, e, id), nil
}

// byID has the arguments of actions on one identifier.
type byID struct {
	ID string `arg:"identifier_id,required"`
}

func (c *controller) removes(name, route, summary string, l list) api.Declared {
	return api.Action[byID, resource.Deleted]{
		Name: name, Routes: api.Routes{route}, Summary: summary,
		Run: func(ctx context.Context, req *api.Request, args byID) (resource.Deleted, error) {
			return c.remove(ctx, req, l, args.ID)
		},
	}
}

func (c *controller) remove(ctx context.Context, req *api.Request, l list, id string) (resource.Deleted, error) {
	err := c.Accounts.Admission.Remove(ctx, l.domain, id)
	if err == nil {
		c.Accounts.Users.Emit(ctx, l.removed, kuzzleview.Actor(req), users.Subject(events.Identifier, id), nil)
	}
	return resource.Deleted{Object: l.object, ID: id, Deleted: true}, err
}
