package auth

import (
	"context"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
)

// credentials are the actions on the caller's own credentials.
func (c *controller) credentials() []api.Declared {
	forms := kuzzleview.CredentialForms(c.Accounts.Registry)
	return []api.Declared{
		api.Action[credentialsArgs, map[string]any]{
			Name: "createMyCredentials", Routes: api.Routes{"POST /_me/credentials/{strategy}/_create"},
			Deprecated: api.Routes{"POST /credentials/{strategy}/_me/_create"},
			Summary:    "Gives the caller credentials of a strategy.", Authenticated: true, Forms: forms, Run: c.createMyCredentials,
		},
		api.Action[credentialsArgs, map[string]any]{
			Name: "updateMyCredentials", Routes: api.Routes{"PUT /_me/credentials/{strategy}/_update"},
			Deprecated: api.Routes{"PUT /credentials/{strategy}/_me/_update"},
			Summary:    "Changes the caller's credentials of a strategy.", Authenticated: true, Forms: forms, Run: c.updateMyCredentials,
		},
		api.Action[credentialsArgs, bool]{
			Name: "validateMyCredentials", Routes: api.Routes{"POST /_me/credentials/{strategy}/_validate"},
			Deprecated: api.Routes{"POST /credentials/{strategy}/_me/_validate"},
			Summary:    "Judges credentials of the caller without writing them.", Authenticated: true, Forms: forms, Run: c.validateMyCredentials,
		},
		api.Action[strategyArgs, bool]{
			Name: "credentialsExist", Routes: api.Routes{"GET /_me/credentials/{strategy}/_exists"},
			Deprecated: api.Routes{"GET /credentials/{strategy}/_me/_exists"},
			Summary:    "Reports whether the caller has credentials of a strategy.", Authenticated: true, Run: c.credentialsExist,
		},
		api.Action[strategyArgs, map[string]any]{
			Name: "getMyCredentials", Routes: api.Routes{"GET /_me/credentials/{strategy}"},
			Deprecated: api.Routes{"GET /credentials/{strategy}/_me"},
			Summary:    "Reads the caller's credentials of a strategy, without their secrets.", Authenticated: true, Run: c.getMyCredentials,
		},
		api.Action[deleteCredentialsArgs, kuzzleview.Acknowledged]{
			Name: "deleteMyCredentials", Routes: api.Routes{"DELETE /_me/credentials/{strategy}"},
			Deprecated: api.Routes{"DELETE /credentials/{strategy}/_me"},
			Summary:    "Deletes the caller's credentials of a strategy.", Authenticated: true, Run: c.deleteMyCredentials,
		},
	}
}

type strategyArgs struct {
	Strategy string `arg:"strategy,required,id"`
}

type credentialsArgs struct {
	Strategy    string         `arg:"strategy,required,id"`
	Credentials map[string]any `body:".,required"`
	Refresh     api.Refresh    `arg:"refresh,default=wait_for"`
}

type deleteCredentialsArgs struct {
	Strategy string      `arg:"strategy,required,id"`
	Refresh  api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *controller) createMyCredentials(ctx context.Context, req *api.Request, args credentialsArgs) (map[string]any, error) {
	by := kuzzleview.Actor(req)
	by.Creates = kuzzleview.MayCreate(req)
	return c.Accounts.Credentials.CreateCredentials(ctx, by, by.Kuid, args.Strategy, args.Credentials, bool(args.Refresh))
}

func (c *controller) updateMyCredentials(ctx context.Context, req *api.Request, args credentialsArgs) (map[string]any, error) {
	by := kuzzleview.Actor(req)
	by.Creates = kuzzleview.MayCreate(req)
	return c.Accounts.Credentials.UpdateCredentials(ctx, by, by.Kuid, args.Strategy, args.Credentials, bool(args.Refresh))
}

func (c *controller) validateMyCredentials(ctx context.Context, req *api.Request, args credentialsArgs) (bool, error) {
	by := kuzzleview.Actor(req)
	by.Creates = kuzzleview.MayCreate(req)
	return c.Accounts.Credentials.ValidateCredentials(ctx, by, by.Kuid, args.Strategy, args.Credentials)
}

func (c *controller) credentialsExist(ctx context.Context, req *api.Request, args strategyArgs) (bool, error) {
	return c.Accounts.Credentials.HasCredentials(ctx, kuzzleview.Actor(req).Kuid, args.Strategy)
}

func (c *controller) getMyCredentials(ctx context.Context, req *api.Request, args strategyArgs) (map[string]any, error) {
	return c.Accounts.Credentials.Credentials(ctx, kuzzleview.Actor(req).Kuid, args.Strategy)
}

func (c *controller) deleteMyCredentials(ctx context.Context, req *api.Request, args deleteCredentialsArgs) (kuzzleview.Acknowledged, error) {
	in, err := kuzzleview.Credentials(req)
	if err != nil {
		return kuzzleview.Done, err
	}
	by := kuzzleview.Actor(req)
	return kuzzleview.Done, c.Accounts.Credentials.DeleteCredentials(ctx, by, by.Kuid, args.Strategy, in, bool(args.Refresh))
}
