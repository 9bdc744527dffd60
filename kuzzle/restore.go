package main

import (
	"context"
	"fmt"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type restore struct {
	config.Flags
	File string `arg:"" type:"existingfile" help:"Backup to restore."`
}

// Help is shown below the flags.
func (restore) Help() string {
	return "The data directory must not have a database. Before the server starts, the master key of the backup must be in it as master.key, or given as KUZZLE_MASTER_KEY or KUZZLE_MASTER_KEY_FILE. A backup of an earlier version is upgraded while it is restored; the file does not change."
}

// Run makes a data directory from the file.
func (r *restore) Run(ctx context.Context, at console) error {
	cfg, _, err := config.Load(r.Sources(os.Environ()))
	if err != nil {
		return err
	}
	if err := backend.Restore(ctx, cfg, r.File); err != nil {
		return err
	}
	_, err = fmt.Fprintf(at.out, "restored into %s\n", cfg.Data)
	return err
}
