package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type backup struct {
	config.Flags
	File string `arg:"" help:"File to write; it must not exist."`
}

// Help is shown below the flags.
func (backup) Help() string {
	return "The master key is not part of a backup: keep <data>/master.key, or what KUZZLE_MASTER_KEY holds, in another place. A restored database needs it."
}

// Run has the server write the copy, or does it itself when none runs.
func (b *backup) Run(ctx context.Context, at console) error {
	file, err := filepath.Abs(b.File)
	if err != nil {
		return err
	}
	server, err := reach(ctx, b.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	if _, err := server.ask(ctx, backend.AdminRequest{Backup: file}); err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(at.out, "%s: %d bytes; keep the master key too, in another place\n", b.File, info.Size())
	return err
}
