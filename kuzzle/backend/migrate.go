package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/maintenance"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Migration copies everything between a data directory and a cluster, or from one
// data directory to another.
type Migration struct {
	// ToCluster copies from the directory to the cluster; false means the
	// reverse.
	ToCluster bool
	// ToDirectory is the target if both sides are directories.
	ToDirectory string
	// Reclaim changes the claims of all users' names to the rule of
	// config.Identifiers. If several users would have one name, the copy is not
	// finished, and the error is a *migration.CollisionError.
	Reclaim bool
	// Progress is called from time to time with the progress.
	Progress func(MigrationProgress)
}

// MigrationProgress is the progress of a migration.
type MigrationProgress = migration.Progress

// MigrationReport is the result of a migration.
type MigrationReport = migration.Report

// Prefixes of a store's location.
const (
	sqlitePlace  = "sqlite:"
	clusterPlace = "elasticsearch:"
)

// Migrate copies between cfg.Data and cfg.Elasticsearch or how.ToDirectory. It owns
// the directories while it runs, and checks the master key before it writes. It can be run
// again after any interruption, and refuses a target that holds other data.
func Migrate(ctx context.Context, cfg config.Config, how Migration) (MigrationReport, error) {
	has, err := hasDatabase(cfg)
	if err == nil && !has && how.fromDirectory() {
		err = fmt.Errorf("there is no database in %s; name the data directory of a server", cfg.Data)
	}
	if err != nil {
		return MigrationReport{}, err
	}
	sealer, err := migrationKey(cfg)
	if err != nil {
		return MigrationReport{}, err
	}
	if how.fromDirectory() {
		if err := sameKey(MasterKeyFile(cfg), sealer); err != nil {
			return MigrationReport{}, err
		}
	}
	from, to, err := openBoth(ctx, cfg, how)
	if err != nil {
		return MigrationReport{}, err
	}
	report, err := migrate(ctx, cfg, how, sealer, from, to)
	return report, errors.Join(err, to.Close(), from.Close())
}

func migrate(ctx context.Context, cfg config.Config, how Migration, sealer *token.Sealer, from, to storage.Store) (MigrationReport, error) {
	_, err := token.NewKeyring(keyStore{from, keysSetting}, sealer, time.Now).Keys(ctx)
	if err == nil {
		err = fitsKey(ctx, from, sealer)
	}
	if err != nil {
		return MigrationReport{}, fmt.Errorf("the master key does not match the source: %w", err)
	}
	name := sqlitePlace + cfg.Data
	if !how.fromDirectory() {
		name = clusterPlace + strings.Join(cfg.Elasticsearch.Addresses, ",")
	}
	plan := migration.Plan{From: from, To: to, Identity: users.NamingSetting, Name: name, Now: time.Now, Progress: how.Progress}
	if how.Reclaim {
		plan.Change, err = maintenance.Reclaim(ctx, from, cfg.Identifiers.CaseSensitive, users.LookAlikes(cfg.Identifiers.LookAlikes))
		if err != nil {
			return MigrationReport{}, err
		}
	}
	return plan.Run(ctx)
}

func (how Migration) fromDirectory() bool { return how.ToCluster || how.ToDirectory != "" }

// MasterKeyFile returns the path of the key if the configuration names none and
// the store is in the data directory.
func MasterKeyFile(cfg config.Config) string { return filepath.Join(cfg.Data, token.MasterKeyFile) }

// migrationKey returns the master key of the source. Encrypted values are
// copied as they are, so the target's servers need the same key. It is never
// written.
func migrationKey(cfg config.Config) (*token.Sealer, error) {
	sealer, err := token.LoadMasterKey(cfg.MasterKey.Reveal(), cfg.MasterKeyFile, "")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; encrypted values are copied as they are, and need the master key of the source's servers: "+
			"set KUZZLE_MASTER_KEY or KUZZLE_MASTER_KEY_FILE to their values", err)
	}
	return sealer, err
}

// sameKey refuses a key that cannot decrypt values encrypted with the file's
// key. The file is missing if the server got its key in another way.
func sameKey(file string, given *token.Sealer) error {
	own, err := token.LoadMasterKey("", file, "")
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	const purpose = "migration probe"
	sealed, err := own.Seal(purpose, nil)
	if err == nil {
		_, err = given.Open(purpose, sealed)
	}
	if err != nil {
		return fmt.Errorf("the given master key is not the one in %s: %w", file, err)
	}
	return nil
}

// openBoth opens the source, which must exist, and then the target.
func openBoth(ctx context.Context, cfg config.Config, how Migration) (from, to storage.Store, err error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	options := clusterOptions(cfg.Elasticsearch)
	options.RepairWithin = -1
	open := []func() (storage.Store, error){
		func() (storage.Store, error) { return opening(sqlite.Open(ctx, cfg.Data, sqlite.Options{})) },
		func() (storage.Store, error) { return opening(unserved(ctx, options)) },
	}
	if how.ToDirectory != "" {
		open[1] = func() (storage.Store, error) { return opening(sqlite.Open(ctx, how.ToDirectory, sqlite.Options{})) }
	}
	if !how.fromDirectory() {
		options.Existing = true
		open[0], open[1] = open[1], open[0]
	}
	if from, err = open[0](); err != nil {
		return nil, nil, err
	}
	if to, err = open[1](); err != nil {
		return nil, nil, errors.Join(err, from.Close())
	}
	return from, to, nil
}

// unserved opens the store of a cluster unless servers use it, which the error names.
func unserved(ctx context.Context, options elasticsearch.Options) (*elasticsearch.Store, error) {
	store, err := elasticsearch.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	names, err := store.Serving(ctx)
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("servers use the cluster's data: %s; stop them first", strings.Join(names, ", "))
	}
	if err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// opening converts a nil engine to a nil store.
func opening[S storage.Store](store S, err error) (storage.Store, error) {
	if err != nil {
		return nil, err
	}
	return store, nil
}
