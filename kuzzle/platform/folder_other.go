//go:build !windows

package platform

import (
	"errors"
	"os"
)

// SyncFolder flushes the names in a folder to the disk, so that a renamed file is there after a loss
// of power. On Windows it does nothing: the file system keeps a journal of names.
func SyncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// MakePrivate creates a folder that only the user of this process can enter, on Windows administrators
// too, and missing ones above it. An existing folder stays as it is.
func MakePrivate(dir string) error { return os.MkdirAll(dir, 0o700) }
