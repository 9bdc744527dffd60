package contacts

import (
	"context"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// newEmail has the arguments of createEmailAddress.
type newEmail struct {
	UserID edge.Text `body:"user_id"`
	Email  edge.Text `body:"email_address"`
	state
	notice
}

// notice has the arguments of notices to a former primary address. The address gets
// a message about the change with and without them, if messages can be sent.
type notice struct {
	Notify edge.Flag `body:"notify_primary_email_address_changed"`
}

// emailByID has the arguments of actions on one address.
type emailByID struct {
	ID string `arg:"email_address_id,required"`
}

type emailChange struct {
	ID string `arg:"email_address_id,required"`
	state
	notice
}

type emailReplacement struct {
	UserID string    `arg:"user_id,required"`
	Email  edge.Text `body:"email_address"`
	Status edge.Text `body:"identification_status"`
	notice
}

// emails returns the actions on e-mail addresses.
func (c *controller) emails() []api.Declared {
	return []api.Declared{
		api.Action[newEmail, resource.EmailAddress]{
			Name: "createEmailAddress", Routes: api.Routes{"POST /email_addresses"}, Summary: "Gives a user an e-mail address.",
			Run: func(ctx context.Context, req *api.Request, args newEmail) (resource.EmailAddress, error) {
				return shownEmail(c.create(ctx, req, email, args.UserID, args.Email, args.state, edge.Flag{}))
			},
		},
		api.Action[emailByID, resource.EmailAddress]{
			Name: "getEmailAddress", Routes: api.Routes{"GET /email_addresses/{email_address_id}"}, Summary: "Reads an e-mail address.",
			Run: func(ctx context.Context, _ *api.Request, args emailByID) (resource.EmailAddress, error) {
				return shownEmail(c.find(ctx, email, args.ID))
			},
		},
		api.Action[emailChange, resource.EmailAddress]{
			Name: "updateEmailAddress", Routes: api.Routes{"PATCH /email_addresses/{email_address_id}"},
			Summary: "Verifies an e-mail address, or makes it primary.",
			Run: func(ctx context.Context, req *api.Request, args emailChange) (resource.EmailAddress, error) {
				return shownEmail(c.change(ctx, req, email, args.ID, args.state, edge.Flag{}))
			},
		},
		api.Action[emailByID, resource.Deleted]{
			Name: "deleteEmailAddress", Routes: api.Routes{"DELETE /email_addresses/{email_address_id}"}, Summary: "Deletes an e-mail address.",
			Run: func(ctx context.Context, req *api.Request, args emailByID) (resource.Deleted, error) {
				return c.delete(ctx, req, email, args.ID)
			},
		},
		api.Action[emailReplacement, resource.EmailAddress]{
			Name: "replaceEmailAddresses", Routes: api.Routes{"PUT /users/{user_id}/email_address"},
			Summary: "Replaces all e-mail addresses of a user by one.",
			Run: func(ctx context.Context, req *api.Request, args emailReplacement) (resource.EmailAddress, error) {
				return shownEmail(c.replace(ctx, req, email, args.UserID, args.Email, args.Status))
			},
		},
	}
}

func shownEmail(_ *users.User, c *users.Contact, err error) (resource.EmailAddress, error) {
	if err != nil {
		return resource.EmailAddress{}, err
	}
	return resource.Email(c), nil
}
