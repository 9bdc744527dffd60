package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
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
	Report int64  `json:"report"`
	Counts Counts `json:"counts"`
	Lacks
	// Place is the position to resume at in a source that is not a file.
	Place json.RawMessage `json:"place,omitempty"`
}

// Counts counts rows by their outcome, Lacks counts users that were imported without a part.
type (
	Counts = counts.Counts
	Lacks  = counts.Lacks
)

// ErrOtherRun is returned for a checkpoint of another file or of other options.
var ErrOtherRun = errors.New("the checkpoint belongs to another file or to other options; run without --resume to start over, which creates no user twice")

// LoadCheckpoint reads the checkpoint of an interrupted run; nil if there is none.
func LoadCheckpoint(name string) (*Checkpoint, error) {
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

// save replaces the file atomically and syncs it to disk.
func (c *Checkpoint) save(name string) error {
	text, err := json.Marshal(c)
	if err != nil {
		return err
	}
	next := name + ".next"
	file, err := os.OpenFile(next, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	err = errors.Join(err, file.Sync(), file.Close())
	if err != nil {
		return err
	}
	if err := os.Rename(next, name); err != nil {
		return err
	}
	folder, err := os.Open(filepath.Dir(name))
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// optionsKey returns a key that differs for runs of different options.
func optionsKey(o Options) string {
	sum := sha256.Sum256([]byte(jsonText(o)))
	return hex.EncodeToString(sum[:8])
}

// fileKey returns a key of a file, made of its beginning.
func fileKey(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:8])
}
