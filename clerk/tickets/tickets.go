package tickets

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/tickets"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// Name is the name of the controller.
const Name = "clerk-tickets"

// Deps are the dependencies of the actions.
type Deps struct {
	Accounts *accounts.Accounts
	Dialect  *api.Dialect
	Rules    *rules.InForce
}

type controller struct{ Deps }

// New declares the actions.
func New(deps Deps) api.Controller {
	c := &controller{deps}
	return api.Controller{
		Name: Name, About: "Invitations, sign-in tokens and actor tokens, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: slices.Concat(c.tokens(), c.invitations()),
	}
}

// declare returns an action whose faults become Clerk's errors.
func declare[A, R any](name, route, summary string, run func(context.Context, *api.Request, A) (R, error)) api.Declared {
	return api.Action[A, R]{Name: name, Routes: api.Routes{route}, Summary: summary, Run: func(ctx context.Context, req *api.Request, args A) (R, error) {
		result, err := run(ctx, req, args)
		return result, refusal(err)
	}}
}

// Parameters that occur in several places.
const (
	lifetimeParam = "expires_in_seconds"
	userParam     = "user_id"
)

// refusals maps faults of the domain to Clerk's errors, about param if it is set.
var refusals = edge.Refusals{
	{domain.ErrNotFound, edge.NotFound, ""},
	{domain.ErrLifetime, edge.ValueInvalid, lifetimeParam},
	{domain.ErrActor, edge.ValueInvalid, "actor"},
	{domain.ErrWithin, edge.ValueInvalid, "session_max_duration_in_seconds"},
	{organizations.ErrNotFound, edge.OrganizationNotFound, "org_id"},
	{organizations.ErrNoMember, edge.OrganizationNotFound, "org_id"},
	{domain.ErrEmail, edge.FormatInvalid, emailParam},
	{domain.ErrDays, edge.ValueInvalid, daysParam},
	{domain.ErrRedirect, edge.FormatInvalid, redirectParam},
	{domain.ErrHasUser, edge.IdentifierExists, emailParam},
	{domain.ErrNoLink, edge.NoPublicURL, ""},
	{domain.ErrByMail, edge.ByMail, ""},
	{domain.ErrNoMail, edge.NoMail, ""},
}

// refusal returns Clerk's error for a fault of the domain.
func refusal(err error) error {
	if failure, is := fault.From(err); is && errors.Is(err, domain.ErrInvited) {
		return edge.InvitationPending.New("", edge.Meta{"email_addresses": failure.Props[0]})
	}
	return refusals.Of(err)
}

// seconds returns an optional duration, 0 if it is absent. It refuses one longer
// than most.
func seconds(j *edge.Judging, param string, given edge.Number, most time.Duration) time.Duration {
	return time.Duration(j.Within(param, given, 1, int64(most/time.Second))) * time.Second
}
