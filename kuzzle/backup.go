package main

import (
	"context"
	"encoding/json"
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
	return "The master key is not part of a backup: keep <data>/master.key, or the value of KUZZLE_MASTER_KEY, in another place. A restored database needs it. Data of any version is copied unchanged, and the output shows its schema; make a backup before you change to a newer version."
}

// Run makes the server write the copy, or writes it itself without a server.
func (b *backup) Run(ctx context.Context, at console) error {
	file, err := filepath.Abs(b.File)
	if err != nil {
		return err
	}
	has, err := b.copy(ctx, file)
	if err != nil {
		return err
	}
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(at.out, "%s: %d bytes, %s; keep the master key too, in another place\n", b.File, info.Size(), has)
	return err
}

// copy skips the checks of other commands: data of an earlier version is not
// upgraded, and data of a later one not refused.
func (b *backup) copy(ctx context.Context, file string) (has backend.Schema, err error) {
	cfg, _, err := config.Load(b.Sources(os.Environ()))
	if err != nil {
		return has, err
	}
	err = patiently(ctx, func() error {
		server, err := connect(ctx, cfg)
		if err != nil {
			return err
		}
		if server == nil {
			if err = hasData(cfg, existing); err == nil {
				has, err = backend.Backup(ctx, cfg, file)
			}
			return err
		}
		defer server.close()
		answer, err := server.ask(ctx, backend.AdminRequest{Backup: file})
		if err != nil {
			return err
		}
		return json.Unmarshal(answer, &has)
	})
	return has, err
}
