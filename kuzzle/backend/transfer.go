package backend

import (
	"context"
	"encoding/json"
	"path/filepath"

	controller "github.com/gokuzzle/kuzzle/controllers/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/exporter"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
)

// ImportBatch requests an import of rows.
type ImportBatch struct {
	How imports.Import `json:"how"`
	importer.Batch
}

// ExportPage requests a page of all users: those after the cursor, "" for the
// first.
type ExportPage struct {
	After string `json:"after"`
	// Digests requests the digests of passwords, too.
	Digests bool `json:"digests"`
}

// operator is the command line as an actor of the domain.
var operator = users.Actor{Kuid: users.AnonymousKuid, Operator: true}

// importFolder is the folder, in the data directory, of files that wait for
// their import.
const importFolder = "imports"

func (app *App) openImports() (err error) {
	into := func(by users.Actor, senders []users.Actor) importer.Sink {
		sink := importer.Into(app.accounts, by, senders...)
		if !by.Open {
			return sink
		}
		// A job may run longer than the server is open.
		job := &api.LetIn{Refusal: api.ErrUnauthorized.New(controller.Name, jobs.CreateAction, by.Kuid)}
		return func(ctx context.Context, how imports.Import, rows importer.Batch) func() ([]importer.Outcome, error) {
			return sink(job.With(ctx), how, rows)
		}
	}
	app.imports, err = jobs.New(filepath.Join(app.config.Data, importFolder), into, jobs.Limits{
		Jobs: app.config.Imports.Jobs, Bytes: int64(app.config.Imports.MaxFileSize), Idle: app.config.Imports.IdleTime.Std(), Time: app.config.Imports.MaxTime.Std(),
		Memory: app.budget, May: controller.May(app.accounts), Alone: func(ctx context.Context, do func()) { app.upkeep().once(ctx, "import", do) },
	}, app.log, app.now)
	return err
}

// Imports returns the sink to which the operator of this process writes the
// batches of one run.
func (app *App) Imports() importer.Sink { return importer.Into(app.accounts, operator) }

func (o *office) importBatch(ctx context.Context, in ImportBatch) ([]byte, error) {
	outcomes, err := importer.Into(o.accounts, operator)(ctx, in.How, in.Batch)()
	if err != nil {
		return nil, err
	}
	return json.Marshal(outcomes)
}

func (o *office) exportPage(ctx context.Context, in ExportPage) ([]byte, error) {
	users, next, err := o.accounts.Imports.Export(ctx, in.After, in.Digests)
	if err != nil {
		return nil, err
	}
	return json.Marshal(exporter.Page{Users: users, Next: next})
}
