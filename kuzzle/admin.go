package main

import (
	"context"
	"maps"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type admins struct {
	Create createAdmin `cmd:"" help:"Create an administrator: the first one, or a further one when nobody can log in as one any more."`
}

type createAdmin struct {
	config.Flags
	ID string `name:"id" placeholder:"KUID" help:"Id of the administrator; random by default."`
	login
	Content string `placeholder:"JSON" default:"{}" help:"Content, such as '{\"fullname\":\"Jane Doe\"}'."`
	Reset   bool   `help:"Write the standard roles and profiles over what they are now. It goes with the first administrator only."`
	JSON    bool   `name:"json" help:"Print JSON, as security:createFirstAdmin answers it."`
}

// Help is shown below the flags.
func (createAdmin) Help() string {
	return "Without --username the name and the password are those of the configuration, KUZZLE_ADMIN__USERNAME and KUZZLE_ADMIN__PASSWORD or KUZZLE_ADMIN__PASSWORD_FILE, by which kuzzle serve makes the administrator too.\n\nWith --username the command creates an administrator beside those that exist, and says so. The owner of the data directory recovers a server in this way when its administrators are lost. kuzzle user set-password gives an existing one a new password. The audit log records both."
}

// Run creates the administrator unless there is one.
func (c *createAdmin) Run(ctx context.Context, at console) error {
	given := c.Username != ""
	if !given {
		if err := c.configured(); err != nil {
			return err
		}
	}
	content, err := object("content", c.Content)
	if err != nil {
		return err
	}
	first := creation{flags: c.Flags, action: "createFirstAdmin", id: c.ID, args: map[string]any{"reset": c.Reset}, content: content, json: c.JSON}
	if given && !c.Reset {
		first.otherwise = further
	}
	return c.login.create(ctx, at, first)
}

// adminExists is the id of the refusal to create a first administrator beside others.
const adminExists = "api.process.admin_exists"

// further creates one more administrator where the first one exists already.
func further(refused *refusal, c creation) (creation, bool) {
	c.action, c.args, c.otherwise = "createUser", nil, nil
	c.content = maps.Clone(c.content)
	c.content["profileIds"] = []string{"admin"}
	c.remark = ", beside the administrators that exist already"
	return c, refused.ID == adminExists
}

// configured uses the administrator of the configuration.
func (c *createAdmin) configured() error {
	cfg, _, err := config.Load(c.Flags.Sources(os.Environ()))
	if err != nil {
		return err
	}
	if c.Username = cfg.Admin.Username; c.Username == "" {
		return usageError("--username: give the name to log in with; an administrator needs one")
	}
	if !c.PasswordStdin && c.PasswordFile == "" {
		c.known, err = cfg.Admin.Reveal()
	}
	return err
}
