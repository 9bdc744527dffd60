package profile

import (
	"context"
	"errors"
	"strings"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/frontend"
	"github.com/gokuzzle/kuzzle/clerk/frontend/view"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/clerk/rules"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/codes"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/signins"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// kind is a kind of contact as clients know it: by the parameter of its values, which is also the
// name of its shape, and the parameter that names the primary one.
type kind struct{ domain, param, primary, suffix, plural, path string }

var (
	email = kind{users.Email, resource.EmailAddressObject, "primary_email_address_id", "EmailAddress", "EmailAddresses", "/me/email_addresses"}
	phone = kind{users.Phone, resource.PhoneNumberObject, "primary_phone_number_id", "PhoneNumber", "PhoneNumbers", "/me/phone_numbers"}
)

// strategy is the way to verify a contact.
func (k kind) strategy() string { return k.domain + "_code" }

// off reports whether users have no such contacts.
func (k kind) off(r *rules.Rules) bool {
	if k == email {
		return r.Email == rules.Off
	}
	return r.Phone == rules.Off
}

// shape returns a contact as an address or number.
func (k kind) shape(u *users.User, c *users.Contact, waits *resource.Verification) any {
	if k == email {
		shown := resource.Email(c)
		if waits != nil {
			shown.Verification = waits
		}
		return shown
	}
	shown := resource.Phone(u, c)
	if waits != nil {
		shown.Verification = waits
	}
	return shown
}

// addresses has the actions on contacts.
type addresses struct{ *controller }

// contacts returns the actions on contacts of a kind.
func (c addresses) contacts(k kind) []api.Declared {
	one := k.path + "/{identification_id}"
	return []api.Declared{
		api.Action[api.None, frontend.Answer]{
			Name: "listMy" + k.plural, Routes: api.Routes{"GET " + k.path}, Summary: "Lists the user's contacts of this kind.",
			Run: func(ctx context.Context, req *api.Request, _ api.None) (frontend.Answer, error) {
				return c.list(ctx, req, k)
			},
		},
		api.Action[adding, frontend.Answer]{
			Name: "createMy" + k.suffix, Routes: api.Routes{"POST " + k.path}, Summary: "Adds an unverified contact.", Secret: true,
			Run: func(ctx context.Context, req *api.Request, args adding) (frontend.Answer, error) {
				return c.add(ctx, req, k, args)
			},
		},
		api.Action[byID, frontend.Answer]{
			Name: "getMy" + k.suffix, Routes: api.Routes{"GET " + one}, Summary: "Returns a contact.",
			Run: func(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
				return c.show(ctx, req, k, args)
			},
		},
		api.Action[byID, frontend.Answer]{
			Name: "deleteMy" + k.suffix, Routes: api.Routes{"DELETE " + one}, Summary: "Deletes a contact.", Secret: true,
			Run: func(ctx context.Context, req *api.Request, args byID) (frontend.Answer, error) {
				return c.remove(ctx, req, k, args)
			},
		},
		api.Action[preparing, frontend.Answer]{
			Name: "prepareMy" + k.suffix, Routes: api.Routes{"POST " + one + "/prepare_verification"}, Summary: "Sends a code or a link to a contact.", Secret: true,
			Run: func(ctx context.Context, req *api.Request, args preparing) (frontend.Answer, error) {
				return c.prepare(ctx, req, k, args)
			},
		},
		api.Action[proving, frontend.Answer]{
			Name: "verifyMy" + k.suffix, Routes: api.Routes{"POST " + one + "/attempt_verification"}, Summary: "Verifies a contact by a code.", Secret: true,
			Run: func(ctx context.Context, req *api.Request, args proving) (frontend.Answer, error) {
				return c.prove(ctx, req, k, args)
			},
		},
	}
}

type adding struct {
	Email edge.Text `body:"email_address"`
	Phone edge.Text `body:"phone_number"`
}

type byID struct {
	ID string `arg:"identification_id,required"`
}

type preparing struct {
	byID
	Strategy edge.Text `body:"strategy"`
	Redirect edge.Text `body:"redirect_url"`
}

type proving struct {
	byID
	Code edge.Text `body:"code"`
}

func (c addresses) list(ctx context.Context, req *api.Request, k kind) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	all := []any{}
	for i := range s.live.User.Contacts {
		if one := &s.live.User.Contacts[i]; one.Kind == k.domain {
			all = append(all, k.shape(s.live.User, one, nil))
		}
	}
	return frontend.Answer{Response: all}, nil
}

// contact returns a contact of the user.
func (c addresses) contact(ctx context.Context, req *api.Request, k kind, id string) (*self, *users.Contact, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	found := s.live.User.Contact(id)
	if found == nil || found.Kind != k.domain {
		return nil, nil, edge.NotFound.New()
	}
	return s, found, nil
}

func (c addresses) show(ctx context.Context, req *api.Request, k kind, args byID) (frontend.Answer, error) {
	s, found, err := c.contact(ctx, req, k, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	// The page that waits for a link asks again and again.
	opened, err := c.Accounts.Contacts.Followed(ctx, s.live.User, found.ID)
	if err == nil && !opened {
		return frontend.Answer{Response: k.shape(s.live.User, found, nil)}, nil
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	now, err := c.Accounts.Contacts.Follow(ctx, s.by, s.by.Kuid, found.ID, true)
	if errors.Is(err, codes.ErrExpired) || errors.Is(err, contacts.ErrVerified) {
		now, err = *found, nil // another request of the browser was faster
	}
	return c.answer(ctx, s, k.shape(s.live.User, &now, nil), err)
}

// add adds a contact. Unless it is hidden which addresses exist, one of another user is refused at
// once; else only whoever verifies it learns of it.
func (c addresses) add(ctx context.Context, req *api.Request, k kind, args adding) (frontend.Answer, error) {
	s, err := c.self(ctx, req)
	if err != nil {
		return frontend.Answer{}, err
	}
	given, r := args.Email, c.Users.Rules.Now()
	if k == phone {
		given = args.Phone
	}
	var j edge.Judging
	value := j.Needed(k.param, given)
	if k.off(r) || k == phone && !c.Accounts.Codes.Sends(k.domain) {
		j.Refuse(edge.Unknown, k.param)
	}
	if err := j.Err(); err != nil {
		return frontend.Answer{}, err
	}
	made, err := c.Accounts.Contacts.Create(ctx, s.by, s.by.Kuid, contacts.NewContact{Kind: k.domain, Value: value, Free: !r.HideIdentifiers}, true)
	if errors.Is(err, assert.InvalidArgument) {
		err = edge.Refusal(edge.FormatInvalid, k.param)
	}
	return c.answer(ctx, s, k.shape(s.live.User, &made, nil), err)
}

func (c addresses) remove(ctx context.Context, req *api.Request, k kind, args byID) (frontend.Answer, error) {
	s, _, err := c.contact(ctx, req, k, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	err = c.Accounts.Contacts.Delete(ctx, s.by, s.by.Kuid, args.ID, true)
	return c.answer(ctx, s, resource.Deleted{Object: k.param, ID: args.ID, Deleted: true}, err)
}

func (c addresses) prepare(ctx context.Context, req *api.Request, k kind, args preparing) (frontend.Answer, error) {
	s, found, err := c.contact(ctx, req, k, args.ID)
	if err == nil {
		err = s.v.CanSend(args.Strategy.Value)
	}
	if err != nil {
		return frontend.Answer{}, err
	}
	var asked contacts.Asked
	waits, tries := &resource.Verification{}, 0
	switch {
	case k == email && args.Strategy.Value == signins.EmailLink:
		var link codes.Link
		var base string
		if link, base, err = s.v.Link(args.Redirect); err != nil {
			return frontend.Answer{}, err
		}
		asked, err = c.Accounts.Contacts.AskLink(ctx, s.by, s.by.Kuid, args.ID, link, base)
		waits = &resource.Verification{Object: view.LinkObject, Status: "unverified", Strategy: signins.EmailLink, ExpireAt: &asked.ExpiresAt}
	case args.Strategy.Value == k.strategy():
		asked, err = c.Accounts.Contacts.Ask(ctx, s.by, s.by.Kuid, args.ID)
		waits = &resource.Verification{Object: "verification_otp", Status: "unverified", Strategy: k.strategy(), Attempts: &tries, ExpireAt: &asked.ExpiresAt}
	default:
		err = edge.StrategyInvalid.New()
	}
	return c.answer(ctx, s, k.shape(s.live.User, found, waits), err)
}

func (c addresses) prove(ctx context.Context, req *api.Request, k kind, args proving) (frontend.Answer, error) {
	s, _, err := c.contact(ctx, req, k, args.ID)
	if err != nil {
		return frontend.Answer{}, err
	}
	now, err := c.Accounts.Contacts.Prove(ctx, s.by, s.by.Kuid, args.ID, strings.TrimSpace(args.Code.Value), true)
	if errors.Is(err, assert.InvalidArgument) {
		err = edge.Refusal(edge.CodeIncorrect, "code")
	}
	return c.answer(ctx, s, k.shape(s.live.User, &now, nil), err)
}
