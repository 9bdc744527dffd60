package security

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/credentials"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// accounts are the actions on account data beside the content. They apply the instance's
// requirements for users, which writes of the content never do.
func (c *creationActions) accounts() []api.Declared {
	return []api.Declared{
		api.Action[updateAccountArgs, kuzzleview.Account]{
			Name: "updateUserAccount", Routes: api.Routes{"PUT /users/{_id}/_account"},
			Summary: "Changes a user's first name, last name, user name and external id; null or an empty text removes one.", Run: c.updateUserAccount,
		},
	}
}

// The members of accounts.
const (
	externalIDName = "externalId"
	firstNameName  = "firstName"
	lastNameName   = "lastName"
	usernameName   = "username"
	emailsName     = "emailAddresses"
	phonesName     = "phoneNumbers"
	walletsName    = "web3Wallets"
)

// newAccount are the arguments of a new user's account. Its contacts are verified, and the first of
// a kind is primary.
type newAccount struct {
	Account    map[string]any              `body:"account"`
	ExternalID kuzzleview.Optional[string] `body:"account.externalId"`
	FirstName  kuzzleview.Optional[string] `body:"account.firstName"`
	LastName   kuzzleview.Optional[string] `body:"account.lastName"`
	Username   kuzzleview.Optional[string] `body:"account.username"`
	Emails     []string                    `body:"account.emailAddresses"`
	Phones     []string                    `body:"account.phoneNumbers"`
	Wallets    []string                    `body:"account.web3Wallets"`
}

// accountPath is the path of a new user's account in a body.
const accountPath = "body.account"

// withAccount gives a new user the account, after a check of the instance's requirements.
func (c *creationActions) withAccount(nu *credentials.NewUser, args *newAccount) error {
	if err := known(accountPath, args.Account, externalIDName, firstNameName, lastNameName, usernameName, emailsName, phonesName, walletsName); err != nil {
		return err
	}
	now := c.Accounts.Users.Now().UnixMilli()
	nu.Details = users.Details{ExternalID: trimmed(args.ExternalID), FirstName: trimmed(args.FirstName), LastName: trimmed(args.LastName), Username: trimmed(args.Username)}
	if err := nu.Details.Check(accountPath, now); err != nil {
		return err
	}
	if err := c.neededOf(nu, args); err != nil {
		return err
	}
	for _, of := range []struct {
		kind, name string
		values     []string
	}{{users.Email, emailsName, args.Emails}, {users.Phone, phonesName, args.Phones}, {users.Wallet, walletsName, args.Wallets}} {
		var contacts []users.Contact
		for _, value := range of.values {
			contacts = append(contacts, users.Contact{Kind: of.kind, Value: value, Verification: &users.Verification{Strategy: users.ByAdmin, At: now}})
		}
		contacts, err := c.Accounts.Names.CheckContacts(accountPath+"."+of.name, contacts, now)
		if err != nil {
			return err
		}
		nu.Contacts = append(nu.Contacts, contacts...)
	}
	return nil
}

// neededOf checks the instance's requirements for a new user. The name to log in with comes from
// the account, or from a password's credentials.
func (c *creationActions) neededOf(nu *credentials.NewUser, args *newAccount) error {
	password, username := "", ""
	for _, strategy := range slices.Sorted(maps.Keys(nu.Credentials)) {
		if c.Accounts.Registry.Verifier(strategy) == nil {
			continue
		}
		in, _ := nu.Credentials[strategy].(map[string]any)
		password = strategy
		username, _ = in[usernameName].(string)
	}
	if nu.Details.Username != "" && username != "" {
		return assert.MutuallyExclusive.New(accountPath+"."+usernameName, credentialsPath+password+"."+usernameName)
	}
	needs := c.needs()
	for _, one := range []struct {
		name  string
		need  credentials.Need
		given bool
	}{
		{firstNameName, needs.FirstName, nu.Details.FirstName != ""}, {lastNameName, needs.LastName, nu.Details.LastName != ""},
		{usernameName, needs.Username, nu.Details.Username != "" || strings.TrimSpace(username) != ""},
		{emailsName, needs.Email, len(args.Emails) > 0}, {phonesName, needs.Phone, len(args.Phones) > 0}, {walletsName, needs.Wallet, len(args.Wallets) > 0},
	} {
		if err := one.need.Check(accountPath+"."+one.name, one.given); err != nil {
			return err
		}
	}
	return needs.Password.Check(credentialsPath+cmp.Or(password, "local")+".password", password != "")
}

// credentialsPath begins the paths of a new user's credentials.
const credentialsPath = "body.credentials."

// needs returns the instance's requirements.
func (c *creationActions) needs() credentials.Needs {
	if c.Needs == nil {
		return credentials.Needs{}
	}
	return c.Needs()
}

// known refuses members, at a path, that are not among the names.
func known(path string, given map[string]any, names ...string) error {
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(names, name) {
			return assert.Unexpected.New(path+"."+name, names)
		}
	}
	return nil
}

// trimmed returns a text without surrounding spaces, or "" if it is missing.
func trimmed(given kuzzleview.Optional[string]) string {
	if given.Value == nil {
		return ""
	}
	return strings.TrimSpace(*given.Value)
}

type updateAccountArgs struct {
	ID         string                      `arg:"_id,required,id"`
	Body       map[string]any              `body:".,required"`
	ExternalID kuzzleview.Optional[string] `body:"externalId"`
	FirstName  kuzzleview.Optional[string] `body:"firstName"`
	LastName   kuzzleview.Optional[string] `body:"lastName"`
	Username   kuzzleview.Optional[string] `body:"username"`
	IfVersion  kuzzleview.Version          `arg:"ifVersion"`
	Refresh    api.Refresh                 `arg:"refresh,default=wait_for"`
}

func (c *creationActions) updateUserAccount(ctx context.Context, req *api.Request, args updateAccountArgs) (kuzzleview.Account, error) {
	if err := known("body", args.Body, externalIDName, firstNameName, lastNameName, usernameName); err != nil {
		return kuzzleview.Account{}, err
	}
	to := users.Details{ExternalID: trimmed(args.ExternalID), FirstName: trimmed(args.FirstName), LastName: trimmed(args.LastName), Username: trimmed(args.Username)}
	if err := to.Check("body", c.Accounts.Users.Now().UnixMilli()); err != nil {
		return kuzzleview.Account{}, err
	}
	needs := c.needs()
	texts := []struct {
		name string
		need credentials.Need
		of   func(*users.Details) *string
	}{
		{externalIDName, credentials.On, func(d *users.Details) *string { return &d.ExternalID }},
		{firstNameName, needs.FirstName, func(d *users.Details) *string { return &d.FirstName }},
		{lastNameName, needs.LastName, func(d *users.Details) *string { return &d.LastName }},
		{usernameName, needs.Username, func(d *users.Details) *string { return &d.Username }},
	}
	for _, one := range texts {
		if _, given := args.Body[one.name]; !given {
			continue
		}
		if err := one.need.Check("body."+one.name, *one.of(&to) != ""); err != nil {
			return kuzzleview.Account{}, err
		}
	}
	u, err := c.Accounts.Edits.Edit(ctx, kuzzleview.Actor(req), args.ID, credentials.Edit{
		Visible: bool(args.Refresh), IfVersion: int64(args.IfVersion),
		Details: func(d *users.Details) {
			for _, one := range texts {
				if _, given := args.Body[one.name]; given {
					*one.of(d) = *one.of(&to)
				}
			}
		},
	})
	return kuzzleview.AccountOf(u), err
}
