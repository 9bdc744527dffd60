package main

import (
	"context"
	"os"

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
	return "Without --username the name and the password are those of the configuration, KUZZLE_ADMIN__USERNAME and KUZZLE_ADMIN__PASSWORD or KUZZLE_ADMIN__PASSWORD_FILE, by which kuzzle serve makes the administrator too.\n\nFurther administrators are made with: kuzzle user create --profile admin"
}

// Run creates the administrator unless there is one.
func (c *createAdmin) Run(ctx context.Context, at console) error {
	if c.Username == "" {
		if err := c.configured(); err != nil {
			return err
		}
	}
	content, err := object("content", c.Content)
	if err != nil {
		return err
	}
	return c.login.create(ctx, at, creation{
		flags: c.Flags, action: "createFirstAdmin", id: c.ID, args: map[string]any{"reset": c.Reset}, content: content, json: c.JSON,
	})
}

// configured takes the administrator of the configuration.
func (c *createAdmin) configured() error {
	cfg, _, err := config.Load(c.Flags.Sources(os.Environ()))
	if err != nil {
		return err
	}
	if c.Username = cfg.Admin.Username; c.Username == "" {
		return usageError("--username: an administrator who cannot log in is of no use; give the name to log in with")
	}
	if !c.PasswordStdin && c.PasswordFile == "" {
		c.known, err = cfg.Admin.Reveal()
	}
	return err
}
