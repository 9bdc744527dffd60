package resume

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc64"
	"io/fs"
	"os"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// Checkpoint is the progress of a run. It is on disk after every batch, so that an
// interrupted run reads at most one batch again.
type Checkpoint struct {
	// File and Options identify the input of the run.
	File    string `json:"file"`
	Options string `json:"options"`
	// Order names an order of rows other than the file's; "" is the file's own.
	Order string `json:"order,omitempty"`
	// Report is the length of the report, in bytes.
	Report int64         `json:"report"`
	Counts counts.Counts `json:"counts"`
	counts.Lacks
	// Trace is a checksum of the rows read so far. A resumed run reads them again.
	Trace uint64 `json:"trace,omitempty"`
	// Place is the position to resume at in a source that is not a file.
	Place json.RawMessage `json:"place,omitempty"`
}

// ErrOther is returned for a checkpoint of another file or of other options.
var ErrOther = errors.New("the checkpoint belongs to another file or to other options; run without --resume to start over, which creates no user twice")

// ErrElsewhere is returned for a store without the users of the interrupted run.
var ErrElsewhere = errors.New("the store has none of the last users that the interrupted run imported: it is another store, or an older state of it; run without --resume to start over, which creates no user twice")

// Load reads the checkpoint of an interrupted run; nil if there is none.
func Load(name string) (*Checkpoint, error) {
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	c := new(Checkpoint)
	if err := json.Unmarshal(text, c); err != nil {
		return nil, fmt.Errorf("the checkpoint %s is damaged; delete it to start over: %w", name, err)
	}
	return c, nil
}

// Save replaces the file atomically and syncs it to disk.
func (c *Checkpoint) Save(name string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	return platform.Replace(name, text)
}

// Trace returns the checksum of rows after a further one, by values that identify it.
func Trace(rows uint64, values ...string) uint64 {
	for _, value := range values {
		rows = crc64.Update(rows, table, []byte(value+"\x00"))
	}
	return rows
}

var table = crc64.MakeTable(crc64.ECMA)

// Key returns a short key that differs for different texts.
func Key(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}
