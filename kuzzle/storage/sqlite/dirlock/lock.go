package dirlock

import (
	"fmt"
	"os"
	"path/filepath"
)

// LockedError means that another process owns the data directory.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("sqlite: the data directory is in use by another process (lock %s): stop that process or choose another directory", e.Path)
}

// name is the locked file in the directory.
const name = "kuzzle.lock"

// Lock is held through an open file, so the system releases it when the process ends
// in any way.
type Lock struct{ file *os.File }

// Take makes the process the owner of a directory until Close. While another process
// owns it, Take fails with [LockedError].
func Take(dir string) (*Lock, error) {
	path := filepath.Join(dir, name)
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqlite: lock: %w", err)
	}
	free, err := tryLock(file)
	if err == nil && free {
		return &Lock{file}, nil
	}
	_ = file.Close()
	if err != nil {
		return nil, fmt.Errorf("sqlite: lock %s: %w", path, err)
	}
	return nil, &LockedError{Path: path}
}

// Close releases the directory.
func (l *Lock) Close() error { return l.file.Close() }
