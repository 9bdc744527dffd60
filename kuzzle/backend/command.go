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

// Rotation asks for a new key to sign session tokens with.
type Rotation struct {
	// Overlap is how long the tokens of the present key go on working.
	Overlap time.Duration `json:"overlap"`
	// Services asks for a new key for tokens that other services verify, instead. Those
	// of the present key all end with an Overlap of 0, else each at its own time.
	Services bool `json:"services,omitempty"`
}

// InUse tells whether New failed because another process owns the data
// directory.
func InUse(err error) bool {
	var locked *sqlite.LockedError
	return errors.As(err, &locked)
}

// HasData tells whether there is a database to work on: in the data directory,
// or in a cluster.
func HasData(cfg config.Config) (bool, error) {
	if clustered(cfg) {
		return true, nil
	}
	return hasDatabase(cfg)
}

// hasDatabase tells whether there is one in the data directory.
func hasDatabase(cfg config.Config) (bool, error) { return sqlite.Exists(cfg.Data) }

// Backup writes a copy of a database that no server has open, whatever version
// wrote it, to a file that must not exist. It upgrades nothing, and tells which
// schema the copy has.
func Backup(ctx context.Context, cfg config.Config, file string) (Schema, error) {
	if clustered(cfg) {
		return storage.Schema{}, errClusterBackup
	}
	return sqlite.Backup(ctx, cfg.Data, file)
}

// Restore makes a data directory of a backup; it must not hold a database yet. One
// of an earlier version is upgraded, one of a later version is refused.
// The master key that the backup was made with has to be put there, or into the
// configuration, before New.
func Restore(ctx context.Context, cfg config.Config, file string) error {
	if clustered(cfg) {
		return errClusterBackup
	}
	return sqlite.Restore(ctx, file, cfg.Data)
}

// ReopenAudit closes the audit log and opens it again under its name, after
// something else renamed the file. What goes wrong is logged.
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
		// From is when a key for other services begins to sign.
		From time.Time `json:"from,omitzero"`
	}{id, from})
}
