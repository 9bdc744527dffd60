package security

import (
	"context"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/controllers/kuzzleview"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

func (c *credentialActions) credentials() []api.Declared {
	forms := kuzzleview.CredentialForms(c.Accounts.Registry)
	return []api.Declared{
		api.Action[writeCredentialsArgs, map[string]any]{
			Name: "createCredentials", Routes: api.Routes{"POST /credentials/{strategy}/{_id}/_create"},
			Summary: "Gives a user credentials of a strategy.", Forms: forms, Run: c.createCredentials,
		},
		api.Action[writeCredentialsArgs, map[string]any]{
			Name: "updateCredentials", Routes: api.Routes{"PUT /credentials/{strategy}/{_id}/_update"},
			Summary: "Changes a user's credentials of a strategy.", Forms: forms, Run: c.updateCredentials,
		},
		api.Action[validateCredentialsArgs, bool]{
			Name: "validateCredentials", Routes: api.Routes{"POST /credentials/{strategy}/{_id}/_validate"},
			Summary:  "Judges credentials without writing them.",
			Precheck: c.strategyExists, Forms: forms, Run: c.validateCredentials,
		},
		api.Action[deleteCredentialsArgs, kuzzleview.Acknowledged]{
			Name: "deleteCredentials", Routes: api.Routes{"DELETE /credentials/{strategy}/{_id}"},
			Summary: "Deletes a user's credentials of a strategy.", Run: c.deleteCredentials,
		},
		api.Action[credentialsArgs, bool]{
			Name: "hasCredentials", Routes: api.Routes{"GET /credentials/{strategy}/{_id}/_exists"},
			Summary: "Reports whether a user has credentials of a strategy.", Run: c.hasCredentials,
		},
		api.Action[credentialsArgs, map[string]any]{
			Name: "getCredentials", Routes: api.Routes{"GET /credentials/{strategy}/{_id}"},
			Summary: "Reads a user's credentials of a strategy, without their secrets.", Run: c.getCredentials,
		},
		api.Action[credentialsArgs, map[string]any]{
			Name: "getCredentialsById", Routes: api.Routes{"GET /credentials/{strategy}/{_id}/_byId"},
			Summary: "Reads the credentials with an identifier, such as a username.", Run: c.getCredentialsByID,
		},
		api.Action[strategyArgs, []string]{
			Name: "getCredentialFields", Routes: api.Routes{"GET /credentials/{strategy}/_fields"},
			Summary: "Lists the fields of a strategy's credentials.", Run: c.getCredentialFields,
		},
		api.Action[api.None, credentialFields]{
			Name: "getAllCredentialFields", Routes: api.Routes{"GET /credentials/_fields"},
			Summary: "Lists the fields of every strategy's credentials.", Run: c.getAllCredentialFields,
			Answers: []any{map[string][]string{}},
		},
	}
}

// credentialsArgs identify a user's credentials.
type credentialsArgs struct {
	ID       string `arg:"_id,required,id"`
	Strategy string `arg:"strategy,required,id"`
}

type writeCredentialsArgs struct {
	ID          string         `arg:"_id,required,id"`
	Credentials map[string]any `body:".,required"`
	Strategy    string         `arg:"strategy,required,id"`
	Refresh     api.Refresh    `arg:"refresh,default=wait_for"`
}

func (c *credentialActions) createCredentials(ctx context.Context, req *api.Request, args writeCredentialsArgs) (map[string]any, error) {
	return c.Accounts.Credentials.CreateCredentials(ctx, kuzzleview.Actor(req), args.ID, args.Strategy, args.Credentials, bool(args.Refresh))
}

func (c *credentialActions) updateCredentials(ctx context.Context, req *api.Request, args writeCredentialsArgs) (map[string]any, error) {
	return c.Accounts.Credentials.UpdateCredentials(ctx, kuzzleview.Actor(req), args.ID, args.Strategy, args.Credentials, bool(args.Refresh))
}

type validateCredentialsArgs struct {
	Strategy    string         `arg:"strategy,required,id"`
	Credentials map[string]any `body:".,required"`
	ID          string         `arg:"_id,id"`
}

// strategyExists refuses an unknown strategy before a missing body is refused.
func (c *credentialActions) strategyExists(_ context.Context, req *api.Request) error {
	if name, _ := req.Arg("strategy").(string); name != "" {
		return c.Accounts.Registry.CheckStrategy(name)
	}
	return nil
}

func (c *credentialActions) validateCredentials(ctx context.Context, req *api.Request, args validateCredentialsArgs) (bool, error) {
	return c.Accounts.Credentials.ValidateCredentials(ctx, kuzzleview.Actor(req), args.ID, args.Strategy, args.Credentials)
}

type deleteCredentialsArgs struct {
	ID       string      `arg:"_id,required,id"`
	Strategy string      `arg:"strategy,required,id"`
	Refresh  api.Refresh `arg:"refresh,default=wait_for"`
}

func (c *credentialActions) deleteCredentials(ctx context.Context, req *api.Request, args deleteCredentialsArgs) (kuzzleview.Acknowledged, error) {
	in, err := kuzzleview.Credentials(req)
	if err != nil {
		return kuzzleview.Done, err
	}
	return kuzzleview.Done, c.Accounts.Credentials.DeleteCredentials(ctx, kuzzleview.Actor(req), args.ID, args.Strategy, in, bool(args.Refresh))
}

func (c *credentialActions) hasCredentials(ctx context.Context, _ *api.Request, args credentialsArgs) (bool, error) {
	return c.Accounts.Credentials.HasCredentials(ctx, args.ID, args.Strategy)
}

func (c *credentialActions) getCredentials(ctx context.Context, _ *api.Request, args credentialsArgs) (map[string]any, error) {
	return c.Accounts.Credentials.Credentials(ctx, args.ID, args.Strategy)
}

func (c *credentialActions) getCredentialsByID(ctx context.Context, _ *api.Request, args credentialsArgs) (map[string]any, error) {
	return c.Accounts.Credentials.CredentialsByID(ctx, args.ID, args.Strategy)
}

type strategyArgs struct {
	Strategy string `arg:"strategy,required,id"`
}

func (c *credentialActions) getCredentialFields(_ context.Context, _ *api.Request, args strategyArgs) ([]string, error) {
	return c.Accounts.Registry.CredentialFields(args.Strategy)
}

func (c *credentialActions) getAllCredentialFields(context.Context, *api.Request, api.None) (credentialFields, error) {
	all := credentialFields{}
	for _, name := range c.Accounts.Registry.Strategies() {
		fields, err := c.Accounts.Registry.CredentialFields(name)
		if err != nil {
			return nil, err
		}
		all = append(all, strategyFields{name, fields})
	}
	return all, nil
}

// credentialFields are the fields of strategies' credentials: an object whose members
// have the order of the list.
type credentialFields []strategyFields

type strategyFields struct {
	strategy string
	fields   []string
}

// MarshalJSON writes the object.
func (all credentialFields) MarshalJSON() ([]byte, error) {
	text := []byte{'{'}
	for i, one := range all {
		if i > 0 {
			text = append(text, ',')
		}
		fields, err := json.Marshal(one.fields)
		if err != nil {
			return nil, err
		}
		text = append(append(plainjson.AppendString(text, one.strategy), ':'), fields...)
	}
	return append(text, '}'), nil
}
