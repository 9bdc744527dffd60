package platform

import (
	"errors"
	"os"
	"path/filepath"
)

// newSuffix ends the name of the file that [Replace] writes. A crash may leave it behind.
const newSuffix = ".new"

// Replace writes a file that only the user of this process can read. After a crash or a loss of
// power the file has the former content or the new one, and the new one once Replace has returned.
// Only one call at a time may write a file.
func Replace(file string, content []byte) error {
	next, err := os.OpenFile(file+newSuffix, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	_, err = next.Write(content)
	if err = errors.Join(err, next.Sync(), next.Close()); err != nil {
		return err
	}
	if err := os.Rename(next.Name(), file); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(file))
}
