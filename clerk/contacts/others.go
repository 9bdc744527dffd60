package contacts

import (
	"context"
	"errors"

	"github.com/gokuzzle/kuzzle/clerk/edge"
	"github.com/gokuzzle/kuzzle/clerk/resource"
	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	domain "github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// others returns the actions on a user's other identifiers.
func (c *controller) others() []api.Declared {
	return []api.Declared{
		api.Action[walletByID, resource.Deleted]{
			Name: "deleteWallet", Routes: api.Routes{"DELETE /users/{user_id}/web3_wallets/{web3_wallet_identification_id}"},
			Summary: "Deletes a wallet of a user.", Run: c.deleteWallet,
		},
		api.Action[accountByID, resource.Deleted]{
			Name: "deleteExternalAccount", Routes: api.Routes{"DELETE /users/{user_id}/external_accounts/{external_account_id}"},
			Summary: "Removes a user's account at a provider.", Run: c.deleteAccount,
		},
		api.Action[passkeyByID, resource.Deleted]{
			Name: "deletePasskey", Routes: api.Routes{"DELETE /users/{user_id}/passkeys/{passkey_identification_id}"},
			Summary: "Answers that the passkey does not exist: users have no passkeys here.", Run: c.deletePasskey,
		},
	}
}

type walletByID struct {
	UserID string `arg:"user_id,required"`
	ID     string `arg:"web3_wallet_identification_id,required"`
}

func (c *controller) deleteWallet(ctx context.Context, req *api.Request, args walletByID) (resource.Deleted, error) {
	_, found, err := c.read(ctx, args.UserID, args.ID)
	if err == nil && found.Kind != wallet.domain {
		err = domain.ErrNotFound.New(args.UserID, args.ID)
	}
	if err == nil {
		err = c.Accounts.Contacts.Delete(ctx, kuzzleview.Actor(req), args.UserID, args.ID, true)
	}
	return resource.Deleted{Object: wallet.param, ID: args.ID, Deleted: true}, err
}

type accountByID struct {
	UserID string `arg:"user_id,required"`
	ID     string `arg:"external_account_id,required"`
}

func (c *controller) deleteAccount(ctx context.Context, req *api.Request, args accountByID) (resource.Deleted, error) {
	u, err := c.Accounts.Users.Read(ctx, args.UserID)
	if err != nil {
		return resource.Deleted{}, err
	}
	account, found := resource.AccountByID(u, args.ID)
	if !found {
		return resource.Deleted{}, edge.AccountNotFound.New()
	}
	err = c.Accounts.Edits.RemoveIdentifier(ctx, kuzzleview.Actor(req), args.UserID, external.Name, account, true)
	if errors.Is(err, strategies.ErrMissing) {
		err = edge.AccountNotFound.New()
	}
	return resource.Deleted{Object: resource.ExternalAccountObject, ID: args.ID, Deleted: true}, err
}

type passkeyByID struct {
	UserID string `arg:"user_id,required"`
	ID     string `arg:"passkey_identification_id,required"`
}

func (c *controller) deletePasskey(ctx context.Context, _ *api.Request, args passkeyByID) (resource.Deleted, error) {
	if _, err := c.Accounts.Users.Read(ctx, args.UserID); err != nil {
		return resource.Deleted{}, err
	}
	return resource.Deleted{}, edge.PasskeyNotFound.New()
}
