package contacts

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// newPhone has the arguments of createPhoneNumber.
type newPhone struct {
	UserID edge.Text `body:"user_id"`
	Phone  edge.Text `body:"phone_number"`
	state
	factor
}

// factor has the argument of phones that are second factors.
type factor struct {
	SecondFactor edge.Flag `body:"reserved_for_second_factor"`
}

// phoneByID has the arguments of actions on one number.
type phoneByID struct {
	ID string `arg:"phone_number_id,required"`
}

type phoneChange struct {
	ID string `arg:"phone_number_id,required"`
	state
	factor
}

type phoneReplacement struct {
	UserID string    `arg:"user_id,required"`
	Phone  edge.Text `body:"phone_number"`
	Status edge.Text `body:"identification_status"`
}

// phones returns the actions on phone numbers.
func (c *controller) phones() []api.Declared {
	return []api.Declared{
		api.Action[newPhone, resource.PhoneNumber]{
			Name: "createPhoneNumber", Routes: api.Routes{"POST /phone_numbers"}, Summary: "Gives a user a phone number.",
			Run: func(ctx context.Context, req *api.Request, args newPhone) (resource.PhoneNumber, error) {
				return shownPhone(c.create(ctx, req, phone, args.UserID, args.Phone, args.state, args.SecondFactor))
			},
		},
		api.Action[phoneByID, resource.PhoneNumber]{
			Name: "getPhoneNumber", Routes: api.Routes{"GET /phone_numbers/{phone_number_id}"}, Summary: "Reads a phone number.",
			Run: func(ctx context.Context, _ *api.Request, args phoneByID) (resource.PhoneNumber, error) {
				return shownPhone(c.find(ctx, phone, args.ID))
			},
		},
		api.Action[phoneChange, resource.PhoneNumber]{
			Name: "updatePhoneNumber", Routes: api.Routes{"PATCH /phone_numbers/{phone_number_id}"},
			Summary: "Verifies a phone number, or makes it primary or a second factor.",
			Run: func(ctx context.Context, req *api.Request, args phoneChange) (resource.PhoneNumber, error) {
				return shownPhone(c.change(ctx, req, phone, args.ID, args.state, args.SecondFactor))
			},
		},
		api.Action[phoneByID, resource.Deleted]{
			Name: "deletePhoneNumber", Routes: api.Routes{"DELETE /phone_numbers/{phone_number_id}"}, Summary: "Deletes a phone number.",
			Run: func(ctx context.Context, req *api.Request, args phoneByID) (resource.Deleted, error) {
				return c.delete(ctx, req, phone, args.ID)
			},
		},
		api.Action[phoneReplacement, resource.PhoneNumber]{
			Name: "replacePhoneNumbers", Routes: api.Routes{"PUT /users/{user_id}/phone_number"},
			Summary: "Replaces all phone numbers of a user by one.",
			Run: func(ctx context.Context, req *api.Request, args phoneReplacement) (resource.PhoneNumber, error) {
				return shownPhone(c.replace(ctx, req, phone, args.UserID, args.Phone, args.Status))
			},
		},
	}
}

func shownPhone(u *users.User, c *users.Contact, err error) (resource.PhoneNumber, error) {
	if err != nil {
		return resource.PhoneNumber{}, err
	}
	return resource.Phone(u, c), nil
}
