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

// optionsKey returns a key that differs for runs of different options, except for the
// pepper, which nobody should be able to guess from a file.
func optionsKey(o Options) string {
	o.Pepper = ""
	return resume.Key([]byte(values.JSON(o)))
}
