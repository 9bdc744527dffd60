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

// Checkpoint is how far a run has come: it is on disk after every batch, so that
// whatever ends the run costs one batch to be read again and nothing else.
type Checkpoint struct {
	// File and Options tell what the run was about.
	File    string `json:"file"`
	Options string `json:"options"`
	// Order is another than that of the file, "" for the file's own.
	Order string `json:"order,omitempty"`
	// Report is the length of the report.
	Report int64  `json:"report"`
	Counts Counts `json:"counts"`
	Lacks
	// Place is where a source that is no file goes on.
	Place json.RawMessage `json:"place,omitempty"`
}

// Counts are rows by what became of them, Lacks users who came without something.
type (
	Counts = counts.Counts
	Lacks  = counts.Lacks
)

// ErrOtherRun is the refusal to go on with something else.
var ErrOtherRun = errors.New("the checkpoint belongs to another file or to other options; run without --resume to start over, which creates no user twice")

// LoadCheckpoint reads what an interrupted run left; nil when there is nothing.
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

// save replaces the file in one step and waits for the disk.
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

// optionsKey tells runs of different options apart.
func optionsKey(o Options) string {
	sum := sha256.Sum256([]byte(jsonText(o)))
	return hex.EncodeToString(sum[:8])
}

// fileKey tells files apart by how they begin.
func fileKey(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:8])
}
