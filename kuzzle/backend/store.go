package backend

import (
	"context"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// openWithin bounds how long a start waits for a cluster.
const openWithin = 30 * time.Second

// backuper is a store that can write itself to a file.
type backuper interface {
	Backup(ctx context.Context, file string) error
}

// clustered tells whether the store is one that other servers write too.
func clustered(cfg config.Config) bool { return len(cfg.Elasticsearch.Addresses) > 0 }

// openStore opens the configured store and nothing else in its place, and makes
// the data directory this process's own.
func (app *App) openStore(ctx context.Context) error {
	if !clustered(app.config) {
		store, err := sqlite.Open(ctx, app.config.Data, sqlite.Options{})
		if err == nil {
			app.store = store
		}
		return err
	}
	var err error
	if app.owned, err = sqlite.Own(app.config.Data); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, openWithin)
	defer cancel()
	store, err := elasticsearch.Open(ctx, clusterOptions(app.config.Elasticsearch))
	if err == nil {
		app.store = store
	}
	return err
}

func clusterOptions(cfg config.Elasticsearch) elasticsearch.Options {
	return elasticsearch.Options{
		Addresses: cfg.Addresses, Username: cfg.Username, Password: cfg.Password.Reveal(), APIKey: cfg.APIKey.Reveal(),
		CAFile: cfg.CAFile, Prefix: cfg.Prefix, Shards: cfg.Shards, Replicas: cfg.Replicas, WaitForActiveShards: cfg.WaitForActiveShards,
	}
}

// loadMasterKey reads the key that seals. A cluster's servers share one, so none
// is made up beside the data of a single server.
func loadMasterKey(cfg config.Config) (*token.Sealer, error) {
	dir := cfg.Data
	if clustered(cfg) {
		dir = ""
	}
	return token.LoadMasterKey(cfg.MasterKey.Reveal(), cfg.MasterKeyFile, dir)
}

// errClusterBackup answers whoever asks one server for a copy of a cluster.
var errClusterBackup = errors.New("the data is in Elasticsearch: use the cluster's snapshots, of the indexes that begin with the prefix")
