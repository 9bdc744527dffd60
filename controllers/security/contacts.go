package security

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// contacts are the actions on the contacts of users.
func (c *contactActions) contacts() []api.Declared {
	return []api.Declared{
		api.Action[byID, kuzzleview.Counted[kuzzleview.Contact]]{
			Name: "getContacts", Routes: api.Routes{"GET /users/{_id}/contacts"},
			Summary: "Lists a user's e-mail addresses and phone numbers, the oldest first.", Run: c.getContacts,
		},
		api.Action[createContactArgs, kuzzleview.Contact]{
			Name: "createContact", Routes: api.Routes{"POST /users/{_id}/contacts/_create"},
			Summary: "Adds an e-mail address or phone number to a user, verified or reserved if asked.", Run: c.createContact,
		},
		api.Action[updateContactArgs, kuzzleview.Contact]{
			Name: "updateContact", Routes: api.Routes{"PUT /users/{_id}/contacts/{contactId}/_update"},
			Summary: "Sets whether a user's contact is verified, primary or reserved.", Run: c.updateContact,
		},
		api.Action[contactArgs, kuzzleview.ContactID]{
			Name: "deleteContact", Routes: api.Routes{"DELETE /users/{_id}/contacts/{contactId}"},
			Summary: "Deletes a contact of a user.", Run: c.deleteContact,
		},
	}
}

func (c *contactActions) getContacts(ctx context.Context, _ *api.Request, args byID) (kuzzleview.Counted[kuzzleview.Contact], error) {
	list, err := c.Accounts.Contacts.List(ctx, args.ID)
	return kuzzleview.ContactsOf(list), err
}

type createContactArgs struct {
	ID       string      `arg:"_id,required,id"`
	Kind     string      `body:"kind,required"`
	Value    string      `body:"value,required"`
	Verified bool        `body:"verified"`
	Primary  bool        `body:"primary"`
	Reserved bool        `body:"reserved"`
	Refresh  api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *contactActions) createContact(ctx context.Context, req *api.Request, args createContactArgs) (kuzzleview.Contact, error) {
	made, err := c.Accounts.Contacts.Create(ctx, kuzzleview.Actor(req), args.ID, contacts.NewContact{
		Kind: args.Kind, Value: args.Value, Verified: args.Verified, Primary: args.Primary, Reserved: args.Reserved,
	}, bool(args.Refresh))
	return kuzzleview.ContactOf(made), err
}

type updateContactArgs struct {
	ID       string                    `arg:"_id,required,id"`
	Contact  string                    `arg:"contactId,required,id"`
	Verified kuzzleview.Optional[bool] `body:"verified"`
	Primary  kuzzleview.Optional[bool] `body:"primary"`
	Reserved kuzzleview.Optional[bool] `body:"reserved"`
	Refresh  api.Refresh               `arg:"refresh,default=wait_for"`
}

func (c *contactActions) updateContact(ctx context.Context, req *api.Request, args updateContactArgs) (kuzzleview.Contact, error) {
	edit := contacts.Edit{Verified: args.Verified.Value, Primary: args.Primary.Value, Reserved: args.Reserved.Value}
	now, err := c.Accounts.Contacts.Update(ctx, kuzzleview.Actor(req), args.ID, args.Contact, edit, bool(args.Refresh))
	return kuzzleview.ContactOf(now), err
}

type contactArgs struct {
	ID      string      `arg:"_id,required,id"`
	Contact string      `arg:"contactId,required,id"`
	Refresh api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *contactActions) deleteContact(ctx context.Context, req *api.Request, args contactArgs) (kuzzleview.ContactID, error) {
	return kuzzleview.ContactID{ID: args.Contact}, c.Accounts.Contacts.Delete(ctx, kuzzleview.Actor(req), args.ID, args.Contact, bool(args.Refresh))
}
