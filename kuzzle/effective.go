package main

import (
	"context"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type effective struct {
	config.Flags
	JSON bool `name:"json" help:"Print JSON: a list of key, value and from."`
}

// Help is shown below the flags.
func (effective) Help() string {
	return "Every key can be given in a file (--config), in the environment, or by --set KEY=VALUE. A flag counts more than the environment, and the environment more than the file.\n\n" + config.Reference()
}

// Run prints every setting, secrets masked.
func (e *effective) Run(_ context.Context, at console) error {
	cfg, origins, err := config.Load(e.Sources(os.Environ()))
	if err != nil {
		return err
	}
	cfg.Strategies = backend.StrategyOptions(cfg)
	entries := cfg.Report(origins)
	if e.JSON {
		return config.WriteJSON(at.out, entries)
	}
	return config.WriteText(at.out, entries)
}
