package backend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// openWithin is how long a start waits for a cluster.
const openWithin = 30 * time.Second

// backuper is a store that can write a copy of itself to a file.
type backuper interface {
	Backup(ctx context.Context, file string) (storage.Schema, error)
}

// clustered reports whether other servers may write to the store too.
func clustered(cfg config.Config) bool { return len(cfg.Elasticsearch.Addresses) > 0 }

// openStore opens the configured store, never another one instead, and locks the
// data directory for this process.
func (app *App) openStore(ctx context.Context) error {
	if !clustered(app.config) {
		store, err := sqlite.Open(ctx, app.config.Data, sqlite.Options{SearchTimeout: app.config.Limits.SearchTimeout.Std()})
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
	options := clusterOptions(app.config.Elasticsearch)
	options.Log, options.SearchTimeout = app.log, app.config.Limits.SearchTimeout.Std()
	known := filepath.Join(app.config.Data, storeFile)
	if options.Expect, err = elasticsearch.Known(known); err != nil {
		return err
	}
	store, err := elasticsearch.Open(ctx, options)
	if errors.Is(err, elasticsearch.ErrStoreGone) {
		return fmt.Errorf("%w; to begin with an empty store, remove %s", err, known)
	}
	if err != nil {
		return err
	}
	app.store = store
	if err := checkMasterKey(ctx, store, app.sealer); err != nil {
		return err
	}
	return elasticsearch.Remember(known, options.Expect, store.ID())
}

// storeFile, in the data directory, names the store that the server has used. So
// a cluster that lost its data is not mistaken for a new one.
const storeFile = "elasticsearch.store"

const (
	// keySetting is a document that is encrypted with the cluster's master key,
	// so that servers with another key notice.
	keySetting = "master-key"
	keyPurpose = "master key check"
)

// checkMasterKey refuses a master key that did not encrypt the stored data.
func checkMasterKey(ctx context.Context, store storage.Store, sealer *token.Sealer) error {
	for {
		doc, err := store.Get(ctx, storage.Settings, keySetting)
		if err != nil && !errors.Is(err, storage.ErrNotFound) {
			return err
		}
		if err == nil {
			sealed, err := openKeyCheck(doc, sealer)
			if err != nil {
				return fmt.Errorf("the servers of this cluster use another master key: give this one the same KUZZLE_MASTER_KEY (%w)", err)
			}
			if sealer.Latest(sealed) {
				return nil
			}
		}
		err = writeKeyCheck(ctx, store, sealer, doc)
		if !errors.Is(err, storage.ErrExists) && !errors.Is(err, storage.ErrConflict) {
			return err
		}
		// Another server was faster.
	}
}

// openKeyCheck returns the decrypted content of the document.
func openKeyCheck(doc storage.Document, sealer *token.Sealer) ([]byte, error) {
	var part sealedPart
	if err := json.Unmarshal(doc.Auth, &part); err != nil {
		return nil, fmt.Errorf("the settings document %q: %w", keySetting, err)
	}
	_, err := sealer.Open(keyPurpose, part.Sealed)
	return part.Sealed, err
}

// fitsKey tries a master key on a store that may not have the document of
// keySetting.
func fitsKey(ctx context.Context, store storage.Store, sealer *token.Sealer) error {
	doc, err := store.Get(ctx, storage.Settings, keySetting)
	if errors.Is(err, storage.ErrNotFound) {
		return nil
	}
	if err == nil {
		_, err = openKeyCheck(doc, sealer)
	}
	return err
}

func writeKeyCheck(ctx context.Context, store storage.Store, sealer *token.Sealer, before storage.Document) error {
	sealed, err := sealer.Seal(keyPurpose, nil)
	if err != nil {
		return err
	}
	auth, err := json.Marshal(sealedPart{Sealed: sealed})
	if err != nil {
		return err
	}
	put := storage.Document{ID: keySetting, Version: before.Version + 1, Incarnation: before.Incarnation, Content: json.RawMessage(`{}`), Auth: auth}
	_, err = store.Commit(ctx, storage.Change{In: storage.Settings, ID: keySetting, Put: &put, If: before.Rev})
	return err
}

// noDefaultRefresh is the visibility with which a request that names no refresh
// does not wait for one.
const noDefaultRefresh = "none"

func clusterOptions(cfg config.Elasticsearch) elasticsearch.Options {
	// The dispatcher decides how requests that name no refresh are treated.
	visibility := elasticsearch.Grouped
	if cfg.Visibility == string(elasticsearch.WaitFor) {
		visibility = elasticsearch.WaitFor
	}
	return elasticsearch.Options{
		Visibility: visibility, RefreshFloor: cfg.RefreshFloor.Std(),
		Addresses: cfg.Addresses, Username: cfg.Username, Password: cfg.Password.Reveal(), APIKey: cfg.APIKey.Reveal(),
		CAFile: cfg.CAFile, Prefix: cfg.Prefix, Shards: cfg.Shards, Replicas: cfg.Replicas, WaitForActiveShards: cfg.WaitForActiveShards,
	}
}

// loadMasterKey returns the key that encrypts. The servers of a cluster share
// one key, so none is created in the data directory of a single server.
func loadMasterKey(cfg config.Config) (*token.Sealer, error) {
	dir := cfg.Data
	if clustered(cfg) {
		dir = ""
	}
	return token.LoadMasterKey(cfg.MasterKey.Reveal(), cfg.MasterKeyFile, dir)
}

// errClusterBackup is the answer to a backup request when a cluster has the
// data.
var errClusterBackup = errors.New("the data is in Elasticsearch: use the cluster's snapshots, of the indexes that begin with the prefix")
