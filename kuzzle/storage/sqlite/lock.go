package sqlite

import (
	"fmt"
	"os"
)

// LockedError tells that another process owns the data directory.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("sqlite: the data directory is in use by another process (lock %s): stop that process or choose another directory", e.Path)
}

// dirLock is held through an open file, so the system lets go of it when the
// process ends in whatever way.
type dirLock struct{ file *os.File }

func lockDir(path string) (*dirLock, error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("sqlite: lock: %w", err)
	}
	free, err := tryLock(file)
	if err == nil && free {
		return &dirLock{file}, nil
	}
	_ = file.Close()
	if err != nil {
		return nil, fmt.Errorf("sqlite: lock %s: %w", path, err)
	}
	return nil, &LockedError{Path: path}
}

func (l *dirLock) release() error { return l.file.Close() }
