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
	return "The data directory must not hold a database. The master key that the backup was made with has to be there as master.key, or be given as KUZZLE_MASTER_KEY or KUZZLE_MASTER_KEY_FILE, before the server starts. A backup of an earlier version is upgraded as it is restored; the file stays as it is."
}

// Run makes a data directory of the file.
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
