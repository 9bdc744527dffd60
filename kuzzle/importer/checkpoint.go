package importer

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/resume"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// Types of packages resume and counts.
type (
	Checkpoint = resume.Checkpoint
	Counts     = counts.Counts
	Lacks      = counts.Lacks
)

// ErrOtherRun is returned for a checkpoint of another file or of other options.
var ErrOtherRun = resume.ErrOther

// ErrElsewhere is returned for a store without the users of the interrupted run.
var ErrElsewhere = resume.ErrElsewhere

// LoadCheckpoint reads the checkpoint of an interrupted run; nil if there is none.
func LoadCheckpoint(name string) (*Checkpoint, error) { return resume.Load(name) }

// follow adds a row to the checksum of those that were read.
func (p *pipeline) follow(row *Row) {
	email := ""
	if len(row.Emails) > 0 {
		email = row.Emails[0].Value
	}
	p.trace = resume.Trace(p.trace, row.Of, row.Kuid, row.ExternalID, row.Username, email)
}

// sameRows returns ErrOtherRun unless the rows that an earlier run finished, if they were read
// again, are those of the checkpoint. Later ones would be taken for others than they are.
func (p *pipeline) sameRows() error {
	before := p.before
	p.before = 0
	if before == 0 || before == p.trace {
		return nil
	}
	return ErrOtherRun
}

// lastRows is the number of finished rows that a resumed run looks for in the store.
const lastRows = 20

// recall keeps the users among the last rows that an earlier run finished.
func (p *pipeline) recall(row *Row) {
	if row.Number <= p.from-lastRows || p.skips(row) || row.Definition != nil || row.Key != nil || row.Organization != nil {
		return
	}
	if user, wrong := p.normaliser.row(row); wrong == nil {
		p.finished = append(p.finished, user)
	}
}

// sameStore returns ErrElsewhere if the store has none of the last users that an earlier run
// imported, since the rows of that run would be missing there.
func (p *pipeline) sameStore(ctx context.Context) error {
	if len(p.finished) == 0 {
		return nil
	}
	how := p.how
	how.DryRun = true
	outcomes, err := p.run.Sink(ctx, how, Batch{Users: p.finished})()
	p.finished = nil
	if err != nil {
		return err
	}
	missing := false
	for _, o := range outcomes {
		switch {
		case o.Status == imports.RowCreated:
			missing = true
		case o.Status != imports.RowFailed, o.Differs:
			return nil
		}
	}
	if missing {
		return ErrElsewhere
	}
	return nil
}

// optionsKey returns a key that differs for runs of different options, except for the
// pepper, which nobody should be able to guess from a file.
func optionsKey(o Options) string {
	o.Pepper = ""
	return resume.Key([]byte(values.JSON(o)))
}
