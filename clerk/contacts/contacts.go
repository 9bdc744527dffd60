package contacts

import (
	"context"
	"errors"
	"slices"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Name is the name of the controller.
const Name = "clerk-contacts"

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
		Name: Name, About: "Addresses of users, in the shapes of Clerk's Backend API.", Dialect: deps.Dialect,
		Actions: slices.Concat(c.emails(), c.phones(), c.others()),
	}
}

// Parameters of both kinds of addresses.
const (
	userParam     = "user_id"
	verifiedParam = "verified"
	primaryParam  = "primary"
	statusParam   = "identification_status"
	factorParam   = "reserved_for_second_factor"
)

// kind is a kind of contact as clients know it: by the parameter of its values, which is
// also the name of its shape. off reports whether users cannot have such contacts.
type kind struct {
	domain, param string
	off           func(*rules.Rules) bool
}

var (
	email  = kind{users.Email, resource.EmailAddressObject, func(r *rules.Rules) bool { return r.Email == rules.Off }}
	phone  = kind{users.Phone, resource.PhoneNumberObject, func(r *rules.Rules) bool { return r.Phone == rules.Off }}
	wallet = kind{users.Wallet, resource.Web3WalletObject, func(r *rules.Rules) bool { return r.Wallet == rules.Off }}
)

// state has the arguments for a contact's state.
type state struct {
	Verified edge.Flag `body:"verified"`
	Primary  edge.Flag `body:"primary"`
}

// create adds a contact to a user, and returns both.
func (c *controller) create(ctx context.Context, req *api.Request, k kind, userID, value edge.Text, s state, factor edge.Flag) (*users.User, *users.Contact, error) {
	var j edge.Judging
	kuid, text := j.Needed(userParam, userID), j.Needed(k.param, value)
	if err := j.Err(); err != nil {
		return nil, nil, err
	}
	if k.off(c.Rules.Now()) {
		return nil, nil, edge.Refusal(edge.Unknown, k.param)
	}
	made, err := c.Accounts.Contacts.Create(ctx, kuzzleview.Actor(req), kuid, domain.NewContact{
		Kind: k.domain, Value: text, Verified: s.Verified.Or(false), Primary: s.Primary.Or(false), SecondFactor: factor.Or(false),
	}, true)
	if err != nil {
		return nil, nil, k.refusal(err, edge.FactorUnverifiedNew, factor)
	}
	return c.read(ctx, kuid, made.ID)
}

// read returns the present state of a user and a contact.
func (c *controller) read(ctx context.Context, kuid, id string) (*users.User, *users.Contact, error) {
	u, err := c.Accounts.Users.Read(ctx, kuid)
	if err != nil {
		return nil, nil, err
	}
	found := u.Contact(id)
	if found == nil {
		return nil, nil, domain.ErrNotFound.New(kuid, id)
	}
	return u, found, nil
}

// refusal converts a fault of the domain to Clerk's error with the parameter at fault.
// unverified is the error for a second factor that would not be verified.
func (k kind) refusal(err error, unverified *fault.Kind, factor edge.Flag) error {
	switch {
	case errors.Is(err, assert.InvalidArgument):
		return edge.Refusal(edge.FormatInvalid, k.param)
	case errors.Is(err, domain.ErrNotVerified) && factor.Or(false):
		return unverified.New()
	case errors.Is(err, domain.ErrNotVerified):
		return edge.Refusal(edge.VerificationNeeded, primaryParam)
	case errors.Is(err, domain.ErrPrimaryStays):
		return edge.Refusal(edge.ValueInvalid, primaryParam)
	case errors.Is(err, domain.ErrTooMany):
		return edge.Refusal(edge.ArraySizeExceeded, k.param)
	case errors.Is(err, domain.ErrLastIdentifier) && factor.Or(false):
		return edge.FactorLast.New()
	}
	return err
}

// find returns a contact and its user.
func (c *controller) find(ctx context.Context, k kind, id string) (*users.User, *users.Contact, error) {
	u, err := c.Accounts.Contacts.Owner(ctx, k.domain, id)
	if err != nil {
		return nil, nil, err
	}
	return u, u.Contact(id), nil
}

// change changes a contact, and returns it and its user after the change. Without
// arguments nothing changes.
func (c *controller) change(ctx context.Context, req *api.Request, k kind, id string, s state, factor edge.Flag) (*users.User, *users.Contact, error) {
	u, found, err := c.find(ctx, k, id)
	if err != nil {
		return nil, nil, err
	}
	in := domain.Edit{Verified: s.Verified.Pointer(), Primary: s.Primary.Pointer(), SecondFactor: factor.Pointer()}
	if in == (domain.Edit{}) {
		return u, found, nil
	}
	if _, err := c.Accounts.Contacts.Update(ctx, kuzzleview.Actor(req), u.Kuid, id, in, true); err != nil {
		return nil, nil, k.refusal(err, edge.FactorUnverified, factor)
	}
	return c.read(ctx, u.Kuid, id)
}

// delete removes a contact from its user.
func (c *controller) delete(ctx context.Context, req *api.Request, k kind, id string) (resource.Deleted, error) {
	u, err := c.Accounts.Contacts.Owner(ctx, k.domain, id)
	if err == nil {
		err = c.Accounts.Contacts.Delete(ctx, kuzzleview.Actor(req), u.Kuid, id, true)
	}
	return resource.Deleted{Object: k.param, ID: id, Deleted: true}, err
}

// replace gives a user one contact in place of all contacts of its kind.
func (c *controller) replace(ctx context.Context, req *api.Request, k kind, kuid string, value, status edge.Text) (*users.User, *users.Contact, error) {
	switch {
	case !value.Given:
		return nil, nil, edge.Refusal(edge.Missing, k.param)
	case value.Value == "":
		return nil, nil, edge.Refusal(edge.Nil, k.param)
	case k.off(c.Rules.Now()):
		return nil, nil, edge.Refusal(edge.Unknown, k.param)
	}
	in := domain.NewContact{Kind: k.domain, Value: value.Value}
	switch {
	case !status.Is(), status.Value == "verified":
		in.Verified, in.Primary = true, true
	case status.Value == "reserved":
		in.Reserved = true
	case status.Value != "unverified":
		return nil, nil, edge.Refusal(edge.ValueInvalid, statusParam)
	}
	now, err := c.Accounts.Contacts.Replace(ctx, kuzzleview.Actor(req), kuid, in, true)
	if err != nil {
		return nil, nil, k.refusal(err, edge.FactorUnverified, edge.Flag{})
	}
	return c.read(ctx, kuid, now.ID)
}
