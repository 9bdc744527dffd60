package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// contacts are the actions on the caller's own contacts.
func (c *controller) contacts() []api.Declared {
	return []api.Declared{
		api.Action[api.None, kuzzleview.Counted[kuzzleview.Contact]]{
			Name: "getMyContacts", Routes: api.Routes{"GET /_me/contacts"},
			Summary: "Lists the caller's e-mail addresses and phone numbers, the oldest first.", Authenticated: true, Run: c.getMyContacts,
		},
		api.Action[createContactArgs, kuzzleview.Contact]{
			Name: "createMyContact", Routes: api.Routes{"POST /_me/contacts/_create"},
			Summary: "Adds an unverified e-mail address or phone number to the caller.", Authenticated: true, Run: c.createMyContact,
		},
		api.Action[verifyContactArgs, any]{
			Name: "verifyMyContact", Routes: api.Routes{"POST /_me/contacts/{contactId}/_verify"},
			Summary: "Sends a code to a contact of the caller, or verifies the contact by the code.", Authenticated: true, Run: c.verifyMyContact,
			Answers: []any{codeAsked{}, kuzzleview.Contact{}},
		},
		api.Action[contactArgs, kuzzleview.ContactID]{
			Name: "deleteMyContact", Routes: api.Routes{"DELETE /_me/contacts/{contactId}"},
			Summary: "Deletes a contact of the caller.", Authenticated: true, Run: c.deleteMyContact,
		},
	}
}

func (c *controller) getMyContacts(ctx context.Context, req *api.Request, _ api.None) (kuzzleview.Counted[kuzzleview.Contact], error) {
	list, err := c.Accounts.Contacts.List(ctx, kuzzleview.Actor(req).Kuid)
	return kuzzleview.ContactsOf(list), err
}

type createContactArgs struct {
	Kind  string `body:"kind,required"`
	Value string `body:"value,required"`
	// Users cannot declare their own contact verified.
	Verified any         `body:"verified"`
	Primary  any         `body:"primary"`
	Reserved any         `body:"reserved"`
	Refresh  api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *controller) createMyContact(ctx context.Context, req *api.Request, args createContactArgs) (kuzzleview.Contact, error) {
	for name, given := range map[string]any{"body.verified": args.Verified, "body.primary": args.Primary, "body.reserved": args.Reserved} {
		if given != nil {
			return kuzzleview.Contact{}, assert.Forbidden.New(name)
		}
	}
	by := kuzzleview.Actor(req)
	made, err := c.Accounts.Contacts.Create(ctx, by, by.Kuid, contacts.NewContact{Kind: args.Kind, Value: args.Value}, bool(args.Refresh))
	return kuzzleview.ContactOf(made), err
}

// codeAsked is the result of verifyMyContact without a code, the same for every address. ExpiresAt
// is in epoch milliseconds.
type codeAsked struct {
	Requested bool  `json:"requested"`
	ExpiresAt int64 `json:"expiresAt"`
}

type verifyContactArgs struct {
	Contact string                      `arg:"contactId,required,id"`
	Code    kuzzleview.Optional[string] `body:"code"`
	Refresh api.Refresh                 `arg:"refresh,default=wait_for"`
}

func (c *controller) verifyMyContact(ctx context.Context, req *api.Request, args verifyContactArgs) (any, error) {
	by := kuzzleview.Actor(req)
	if args.Code.Value == nil {
		asked, err := c.Accounts.Contacts.Ask(ctx, by, by.Kuid, args.Contact)
		if err != nil {
			return nil, err
		}
		return codeAsked{Requested: true, ExpiresAt: asked.ExpiresAt}, nil
	}
	proved, err := c.Accounts.Contacts.Prove(ctx, by, by.Kuid, args.Contact, *args.Code.Value, bool(args.Refresh))
	if err != nil {
		return nil, err
	}
	return kuzzleview.ContactOf(proved), nil
}

type contactArgs struct {
	Contact string      `arg:"contactId,required,id"`
	Refresh api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *controller) deleteMyContact(ctx context.Context, req *api.Request, args contactArgs) (kuzzleview.ContactID, error) {
	by := kuzzleview.Actor(req)
	return kuzzleview.ContactID{ID: args.Contact}, c.Accounts.Contacts.Delete(ctx, by, by.Kuid, args.Contact, bool(args.Refresh))
}
