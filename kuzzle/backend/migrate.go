package backend

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/migration"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Migration copies everything between a data directory and a cluster.
type Migration struct {
	// ToCluster copies from the directory to the cluster, else it is the other
	// way round.
	ToCluster bool
	// Progress is told how far it is, now and then.
	Progress func(MigrationProgress)
}

// MigrationProgress tells how far a migration is.
type MigrationProgress = migration.Progress

// MigrationReport is what became of a migration.
type MigrationReport = migration.Report

// The texts before the place of a store.
const (
	sqlitePlace  = "sqlite:"
	clusterPlace = "elasticsearch:"
)

// Migrate copies between cfg.Data and cfg.Elasticsearch. It owns the directory
// meanwhile, and makes sure of the master key before it writes. It can be run
// again after any end, and refuses a target that holds anything else.
func Migrate(ctx context.Context, cfg config.Config, how Migration) (MigrationReport, error) {
	sealer, err := migrationKey(cfg)
	if err != nil {
		return MigrationReport{}, err
	}
	if how.ToCluster {
		if err := sameKey(MasterKeyFile(cfg), sealer); err != nil {
			return MigrationReport{}, err
		}
	}
	from, to, err := openBoth(ctx, cfg, how.ToCluster)
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
		return MigrationReport{}, fmt.Errorf("the master key does not fit the source: %w", err)
	}
	name := sqlitePlace + cfg.Data
	if !how.ToCluster {
		name = clusterPlace + strings.Join(cfg.Elasticsearch.Addresses, ",")
	}
	plan := migration.Plan{From: from, To: to, Identity: users.NamingSetting, Name: name, Now: time.Now, Progress: how.Progress}
	return plan.Run(ctx)
}

// MasterKeyFile is where the key is when the configuration names none and the
// store is in the data directory.
func MasterKeyFile(cfg config.Config) string { return filepath.Join(cfg.Data, token.MasterKeyFile) }

// migrationKey is the master key of the source. What is sealed is copied as it
// is, so the target's servers need the same one; it is never written anywhere.
func migrationKey(cfg config.Config) (*token.Sealer, error) {
	sealer, err := token.LoadMasterKey(cfg.MasterKey.Reveal(), cfg.MasterKeyFile, "")
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w; what is sealed is copied as it is, and needs the key that the source's servers have: "+
			"set KUZZLE_MASTER_KEY or KUZZLE_MASTER_KEY_FILE as they have it", err)
	}
	return sealer, err
}

// sameKey refuses a key by which what the file's key sealed cannot be opened. A
// server that was given its key in another way has no such file.
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
		return fmt.Errorf("the master key given is not the one in %s: %w", file, err)
	}
	return nil
}

// openBoth opens the source, which has to be there, and then the target.
func openBoth(ctx context.Context, cfg config.Config, toCluster bool) (from, to storage.Store, err error) {
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	options := clusterOptions(cfg.Elasticsearch)
	options.RepairWithin = -1
	open := []func() (storage.Store, error){
		func() (storage.Store, error) { return opening(sqlite.Open(ctx, cfg.Data, sqlite.Options{})) },
		func() (storage.Store, error) { return opening(unserved(ctx, options)) },
	}
	if toCluster {
		has, err := hasDatabase(cfg)
		if err == nil && !has {
			err = errNoDatabase(cfg)
		}
		if err != nil {
			return nil, nil, err
		}
	} else {
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

// errNoDatabase is that the data directory holds none.
func errNoDatabase(cfg config.Config) error {
	return fmt.Errorf("there is no database in %s; name the data directory of a server", cfg.Data)
}

// unserved opens the store of a cluster, unless servers use it.
func unserved(ctx context.Context, options elasticsearch.Options) (*elasticsearch.Store, error) {
	store, err := elasticsearch.Open(ctx, options)
	if err != nil {
		return nil, err
	}
	if err := notServing(ctx, store); err != nil {
		return nil, errors.Join(err, store.Close())
	}
	return store, nil
}

// notServing answers who uses the data of a cluster, as an error.
func notServing(ctx context.Context, store *elasticsearch.Store) error {
	names, err := store.Serving(ctx)
	if err == nil && len(names) > 0 {
		err = fmt.Errorf("servers use the cluster's data: %s; stop them first", strings.Join(names, ", "))
	}
	return err
}

// opening keeps a nil engine from becoming a store.
func opening[S storage.Store](store S, err error) (storage.Store, error) {
	if err != nil {
		return nil, err
	}
	return store, nil
}
