package backend

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Rotation requests a new key that signs session tokens.
type Rotation struct {
	// Overlap is how long the tokens of the present key stay valid.
	Overlap time.Duration `json:"overlap"`
	// Services requests a new key for tokens that other services verify instead. With
	// an Overlap of 0 all tokens of the present key end at once, else each at its own
	// time.
	Services bool `json:"services,omitempty"`
}

// InUse reports whether New failed because another process owns the data directory.
func InUse(err error) bool {
	var locked *sqlite.LockedError
	return errors.As(err, &locked)
}

// HasData reports whether a database exists: in the data directory, or in a cluster.
func HasData(cfg config.Config) (bool, error) {
	if clustered(cfg) {
		return true, nil
	}
	return hasDatabase(cfg)
}

// hasDatabase reports whether the data directory has a database.
func hasDatabase(cfg config.Config) (bool, error) { return sqlite.Exists(cfg.Data) }

// Backup writes a copy of a database that no server has open, of any version, to a file
// that must not exist. It upgrades nothing, and returns the schema of the copy.
func Backup(ctx context.Context, cfg config.Config, file string) (Schema, error) {
	if clustered(cfg) {
		return storage.Schema{}, errClusterBackup
	}
	return sqlite.Backup(ctx, cfg.Data, file)
}

// Restore makes a data directory from a backup; the directory must not have a database
// yet. A backup of an earlier version is upgraded, one of a later version is refused.
// Before New, the master key of the backup must be put into the directory or the
// configuration.
func Restore(ctx context.Context, cfg config.Config, file string) error {
	if clustered(cfg) {
		return errClusterBackup
	}
	return sqlite.Restore(ctx, file, cfg.Data)
}

// ReopenAudit closes the audit log and opens it again under its name, after another
// program renamed the file. Errors are logged.
func (app *App) ReopenAudit() {
	if app.audit == nil {
		return
	}
	if err := app.audit.Reopen(); err != nil {
		app.log.Error("the audit log was not opened again", "cause", err)
	}
}

func (o *office) rotate(ctx context.Context, in Rotation) ([]byte, error) {
	var id string
	var from time.Time
	var err error
	if in.Services {
		id, from, err = o.signer.Rotate(ctx, in.Overlap <= 0)
	} else if id, err = o.ring.Rotate(ctx, token.UseSession, in.Overlap); err == nil {
		o.accounts.Sessions.ForgetTokens()
	}
	if err != nil {
		return nil, err
	}
	o.bus.Publish(ctx, events.Event{
		Name: events.KeysRotated, Actor: events.Actor{Via: "operator"},
		Subject: events.Subject{Kind: events.Server}, Data: events.Data{events.KeyID: id},
	})
	return json.Marshal(struct {
		Key string `json:"key"`
		// From is the time when a key for other services begins to sign.
		From time.Time `json:"from,omitzero"`
	}{id, from})
}
