// Package files creates, copies and renames the files of databases.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
)

// Begin creates a private file that [Settle] renames to file. A name that exists, or
// that is being written, is fs.ErrExist.
func Begin(file string) (part string, err error) {
	if _, err := os.Lstat(file); err == nil {
		return "", fmt.Errorf("%w: %s", fs.ErrExist, file)
	}
	part = file + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%w: another process writes to that name, or was killed while it did: then remove this file", err)
	}
	if err != nil {
		return "", err
	}
	return part, f.Close()
}

// Settle renames a complete file, unless the name exists. On file systems without
// links, no other process may create the name at the same moment.
func Settle(part, file string) error {
	err := os.Link(part, file)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		if _, missing := os.Lstat(file); errors.Is(missing, fs.ErrNotExist) {
			err = os.Rename(part, file)
		}
	}
	if err != nil {
		return fmt.Errorf("sqlite: %w", err)
	}
	return platform.SyncFolder(filepath.Dir(file))
}

// Copy copies a file to a new private one, which replaces an existing file.
func Copy(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	_ = os.Remove(to)
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Sync(), out.Close())
}

// Create makes a file private before SQLite opens it: SQLite would apply the umask
// only.
func Create(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// RemoveDatabase removes a database with the files that SQLite keeps beside it.
func RemoveDatabase(file string) {
	for _, suffix := range []string{"", "-wal", "-shm", "-journal"} {
		_ = os.Remove(file + suffix)
	}
}
