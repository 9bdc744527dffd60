// Package files makes, copies and names the files of databases.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// Begin makes a private file that [Settle] gives the name. A name that is taken, or is
// being written to, is fs.ErrExist.
func Begin(file string) (part string, err error) {
	if _, err := os.Lstat(file); err == nil {
		return "", fmt.Errorf("%w: %s", fs.ErrExist, file)
	}
	part = file + ".part"
	f, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("%w: another one writes to that name, or one was killed: then remove this file", err)
	}
	if err != nil {
		return "", err
	}
	return part, f.Close()
}

// Settle gives a complete file its name, unless the name is taken. Where there
// are no links, nobody else may take the name in the same moment.
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
	dir, err := os.Open(filepath.Dir(file))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// Copy copies a file to a new private one, in place of what is there.
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

// Create makes a file private before SQLite opens it, which would leave
// that to the umask.
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
