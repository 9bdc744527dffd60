package sqlite

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// LockedError tells that another process owns the data directory.
type LockedError struct{ Path string }

func (e *LockedError) Error() string {
	return fmt.Sprintf("sqlite: the data directory is in use by another process (lock %s): stop that process or choose another directory", e.Path)
}

// Own makes the process the owner of a data directory, which is made with mode
// 0700 when missing, as Open does and without a database: until Close, both fail
// with [LockedError] in every process.
func Own(dir string) (io.Closer, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("sqlite: data directory: %w", err)
	}
	lock, err := lockDir(filepath.Join(dir, lockName))
	if err != nil {
		return nil, err
	}
	return lock.file, nil
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
