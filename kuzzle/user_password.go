package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type setPassword struct {
	config.Flags
	ID       string `arg:"" name:"kuid" help:"Id of the user. For a user's name, kuzzle user find prints it."`
	Username string `placeholder:"NAME" help:"New name to log in with. A user with neither a name nor a verified contact needs one."`
	passwordFlags
}

// Help is shown below the flags.
func (setPassword) Help() string {
	return "The command asks for the password on a terminal, or reads it as --password-stdin or --password-file say. The password policies hold. " +
		"All sessions of the user end, unless the setting security.revokeTokensOnPasswordChange is false. API keys keep working."
}

// noCredentials is the id of the refusal to change credentials that do not exist.
const noCredentials = "security.credentials.not_found"

// Run replaces the password, or gives the user a first one.
func (s *setPassword) Run(ctx context.Context, at console) error {
	password, err := s.password(at)
	if err != nil {
		return err
	}
	server, err := reach(ctx, s.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	args, body := map[string]any{"_id": s.ID, "strategy": "local"}, map[string]any{"password": password}
	if s.Username != "" {
		body["username"] = s.Username
	}
	_, err = call(ctx, server, "updateCredentials", args, body)
	var refused *refusal
	if errors.As(err, &refused) && refused.ID == noCredentials {
		_, err = call(ctx, server, "createCredentials", args, body)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(at.out, "set the password of %s\n", s.ID)
	return err
}
