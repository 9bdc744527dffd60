package main

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type admins struct {
	Create createAdmin `cmd:"" help:"Create the first administrator; there can be only one first."`
}

type createAdmin struct {
	config.Flags
	ID string `name:"id" placeholder:"KUID" help:"Id of the administrator; made up when not given."`
	login
	Content string `placeholder:"JSON" default:"{}" help:"Content, such as '{\"fullname\":\"Jane Doe\"}'."`
	Reset   bool   `help:"Write the standard roles and profiles over what they are now."`
	JSON    bool   `name:"json" help:"Print JSON, as security:createFirstAdmin answers it."`
}

// Help is shown below the flags.
func (createAdmin) Help() string {
	return "Further administrators are made with: kuzzle user create --profile admin"
}

// Run creates the administrator unless there is one.
func (c *createAdmin) Run(ctx context.Context, at console) error {
	if c.Username == "" {
		return usageError("--username: an administrator who cannot log in is of no use; give the name to log in with")
	}
	content, err := object("content", c.Content)
	if err != nil {
		return err
	}
	return c.login.create(ctx, at, creation{
		flags: c.Flags, action: "createFirstAdmin", id: c.ID, args: map[string]any{"reset": c.Reset}, content: content, json: c.JSON,
	})
}
