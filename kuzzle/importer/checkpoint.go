package importer

import (
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

// optionsKey returns a key that differs for runs of different options, except for the
// pepper, which nobody should be able to guess from a file.
func optionsKey(o Options) string {
	o.Pepper = ""
	return resume.Key([]byte(values.JSON(o)))
}
