package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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
		return err
	}
	return SyncFolder(filepath.Dir(file))
}
