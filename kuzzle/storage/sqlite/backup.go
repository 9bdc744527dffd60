package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/connection"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/dirlock"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/files"
)

// backupPages is how much is copied between two checks of the context.
const backupPages = 256

// Backup writes the database as of one moment to a new file of mode 0600, while others
// read and write, and returns the schema of the copy. It never overwrites a file. A
// file with the final name is complete, and ends with the checksum by which Restore
// detects later damage.
func (s *Store) Backup(ctx context.Context, file string) (has storage.Schema, err error) {
	err = s.apart(ctx, func(c *conn) (err error) {
		has, err = c.backup(ctx, file)
		return err
	})
	return has, err
}

// Backup does the same for a directory that no store has open. It upgrades nothing,
// and also copies data of a later version.
func Backup(ctx context.Context, dir, file string) (has storage.Schema, err error) {
	err = apart(ctx, dir, func(c *conn) (err error) {
		has, err = c.backup(ctx, file)
		return err
	})
	return has, err
}

func (c *conn) backup(ctx context.Context, file string) (has storage.Schema, err error) {
	part, err := platform.Begin(file)
	if err != nil {
		return has, fmt.Errorf("sqlite: backup: %w", err)
	}
	defer os.Remove(part)
	if has, err = c.copyTo(ctx, part); err == nil {
		err = files.Seal(part)
	}
	if err != nil {
		return has, fmt.Errorf("sqlite: backup: %w", err)
	}
	if err := platform.Settle(part, file); err != nil {
		return has, fmt.Errorf("sqlite: backup: %w", err)
	}
	return has, nil
}

// copyTo copies one snapshot: the open transaction excludes later changes, so the copy
// neither waits for the writer nor starts again.
func (c *conn) copyTo(ctx context.Context, file string) (has storage.Schema, err error) {
	if err := c.Exec("BEGIN"); err != nil {
		return has, err
	}
	// A later version may store its history differently; its data is copied all the
	// same.
	if has, err = c.schema(FileName); err != nil && has.Number <= storage.LatestSchema() {
		return has, err
	}
	b, err := c.BackupInit("main", connection.FileURI(file))
	if err != nil {
		return has, err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	for done := false; !done; {
		if err := ctx.Err(); err != nil {
			return has, err
		}
		if done, err = b.Step(backupPages); err != nil {
			return has, err
		}
	}
	return has, nil
}

// Restore makes a data directory from a backup, and upgrades it to this program's
// schema. It refuses a directory that has a database or is in use, and a file that is
// damaged, of another program or of a later version, the last with
// [storage.NewerError]; then it leaves no database behind.
func Restore(ctx context.Context, file, dir string) error {
	if err := platform.MakePrivate(dir); err != nil {
		return fmt.Errorf("sqlite: restore: %w", err)
	}
	lock, err := dirlock.Take(dir)
	if err != nil {
		return err
	}
	defer lock.Close()
	target := filepath.Join(dir, FileName)
	for _, name := range []string{target, target + "-wal", target + "-journal"} {
		if _, err := os.Lstat(name); err == nil {
			return fmt.Errorf("sqlite: restore: %w: %s: choose an empty data directory", fs.ErrExist, name)
		}
	}
	part := target + ".part"
	// SQLite would apply the log that a killed Restore left to this copy.
	files.RemoveDatabase(part)
	defer files.RemoveDatabase(part)
	if err := files.Copy(file, part); err != nil {
		return fmt.Errorf("sqlite: restore: %w", err)
	}
	// SQLite detects damage of its structure, but none inside values.
	if err := files.Unseal(part); err != nil {
		return fmt.Errorf("sqlite: restore: %s: %w", file, err)
	}
	if err := verify(ctx, part, file); err != nil {
		return err
	}
	if err := platform.Settle(part, target); err != nil {
		return fmt.Errorf("sqlite: restore: %w", err)
	}
	return nil
}

// verify checks a copy and upgrades it; messages name the original file.
func verify(ctx context.Context, part, file string) error {
	c, err := openConn(ctx, part, "PRAGMA locking_mode=EXCLUSIVE;")
	if err != nil {
		return fmt.Errorf("sqlite: %s is not a backup: %w", file, err)
	}
	if err = c.verify(file); err == nil {
		if err = c.withoutLog(); err == nil {
			err = prepareSchema(c, file)
		}
	}
	return errors.Join(err, c.Close())
}

// withoutLog makes every commit write to the database file itself, until the file is
// opened for use. Otherwise Close would copy the log to the file, and SQLite ignores a
// full disk there.
func (c *conn) withoutLog() error {
	mode := ""
	_, err := c.Row(func(s *sqlite3.Stmt) { mode = s.ColumnText(0) }, "PRAGMA journal_mode=DELETE")
	if err == nil && mode != "delete" {
		err = fmt.Errorf("the journal mode stays %q", mode)
	}
	if err != nil {
		return fmt.Errorf("sqlite: restore: %w", err)
	}
	return nil
}

func (c *conn) verify(file string) error {
	version, err := c.pragma("user_version")
	if err != nil {
		return fmt.Errorf("sqlite: %s is not a backup: %w", file, err)
	}
	id, err := c.pragma("application_id")
	switch {
	case err != nil || id != applicationID || version < 1:
		return fmt.Errorf("sqlite: %s is not a backup of this program", file)
	case int(version) > storage.LatestSchema():
		return c.newer(file)
	}
	problems, err := c.damages("integrity_check")
	if err != nil || len(problems) > 0 {
		return errors.Join(fmt.Errorf("sqlite: %s is damaged: %s", file, strings.Join(problems, "; ")), err)
	}
	return nil
}
