package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

var _ storage.Caretaker = (*Store)(nil)

// about is the topic of this engine's findings.
const about = "database"

// wasteful is the free part of the file from which it is reported, if that is
// more than wastefulBytes.
const (
	wasteful      = 0.25
	wastefulBytes = 64 << 20
)

// Examine implements storage.Caretaker. It reads the whole file.
func (s *Store) Examine(ctx context.Context) []storage.Finding {
	var found []storage.Finding
	err := s.apart(ctx, func(c *conn) error {
		problems, err := c.damages("quick_check")
		if err != nil {
			return err
		}
		for _, problem := range problems {
			found = append(found, storage.Finding{Level: storage.Degraded, About: about, Problem: "the file is damaged: " + problem,
				Remedy: "stop the server, keep the file, and restore the last backup"})
		}
		if len(problems) > 0 {
			return nil // further reads would mean nothing
		}
		more, err := c.examine()
		found = append(found, more...)
		return err
	})
	if err != nil {
		found = append(found, storage.Finding{Level: storage.Degraded, About: about, Problem: "the file cannot be read: " + err.Error(),
			Remedy: "stop the server, keep the file, and restore the last backup"})
	}
	return found
}

// apart uses a separate connection, so that a long examination blocks nobody.
func (s *Store) apart(ctx context.Context, use func(*conn) error) error {
	if s.stopping.Err() != nil {
		return storage.ErrUnavailable.New()
	}
	c, err := openConn(ctx, filepath.Join(s.dir, FileName), readerPragmas)
	if err != nil {
		return err
	}
	c.SetInterrupt(ctx)
	return errors.Join(use(c), c.Close())
}

// damages returns the problems that a check of SQLite finds.
func (c *conn) damages(check string) (problems []string, err error) {
	if err := c.useTexts(); err != nil {
		return nil, err
	}
	err = c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		if line := s.ColumnText(0); line != "ok" {
			problems = append(problems, line)
		}
		return true, nil
	}, "PRAGMA "+check+"(10)")
	return problems, err
}

// examine looks for problems that only this program can detect.
func (c *conn) examine() ([]storage.Finding, error) {
	var found []storage.Finding
	note := func(level storage.Level, remedy, problem string, args ...any) {
		found = append(found, storage.Finding{Level: level, About: about, Problem: fmt.Sprintf(problem, args...), Remedy: remedy})
	}
	const repair = "run: kuzzle doctor --repair"
	for _, of := range storage.Collections {
		t := tables[of]
		orphans, err := c.integer("SELECT count(*) FROM claims WHERE "+orphaned(t), string(of))
		if err != nil {
			return found, err
		}
		if orphans > 0 {
			note(storage.Degraded, repair, "%d names in %s have no owner, and cannot be taken", orphans, of)
		}
		has, err := c.integer("SELECT count(*) FROM " + t.documents)
		if err != nil {
			return found, err
		}
		counted, err := c.integer("SELECT documents FROM collections WHERE number=?", t.number)
		if err != nil {
			return found, err
		}
		if has != counted {
			note(storage.Degraded, repair, "%s has %d documents but counts %d", of, has, counted)
		}
	}
	size, free, err := c.space()
	if err == nil && free > wastefulBytes && float64(free) > wasteful*float64(size) {
		note(storage.Note, "run: kuzzle doctor --compact", "%d of its %d bytes are unused", free, size)
	}
	return found, err
}

// orphaned returns the condition for claims of a collection without an owner;
// the collection's name is the parameter.
func orphaned(t *table) string {
	return "latch=0 AND of=? AND NOT EXISTS (SELECT 1 FROM " + t.documents + " d WHERE d.id=claims.owner AND d.incarnation=claims.incarnation)"
}

// integer returns the first column of the first row.
func (c *conn) integer(sql string, args ...any) (n int64, err error) {
	_, err = c.Row(func(s *sqlite3.Stmt) { n = s.ColumnInt64(0) }, sql, args...)
	return n, err
}

// space returns the file's size, and the unused part of it.
func (c *conn) space() (size, free int64, err error) {
	page, err := c.pragma("page_size")
	if err != nil {
		return 0, 0, err
	}
	pages, err := c.pragma("page_count")
	if err != nil {
		return 0, 0, err
	}
	unused, err := c.pragma("freelist_count")
	return page * pages, page * unused, err
}

// Mend implements storage.Caretaker. A change is one transaction, so there is
// something to mend only if another program wrote to the file.
func (s *Store) Mend(ctx context.Context) ([]string, error) {
	var done []string
	err := s.writer.do(ctx, 1, func(t *tx) error {
		done = nil
		for _, of := range storage.Collections {
			lines, err := t.mend(tables[of])
			if err != nil {
				return err
			}
			done = append(done, lines...)
		}
		return nil
	})
	return done, err
}

func (t *tx) mend(of *table) (done []string, err error) {
	if err := t.Run("DELETE FROM claims WHERE "+orphaned(of), string(of.of)); err != nil {
		return nil, err
	}
	if n := t.Changes(); n > 0 {
		done = append(done, fmt.Sprintf("%d names of %s without an owner are free now", n, of.of))
	}
	has, err := t.integer("SELECT count(*) FROM " + of.documents)
	if err != nil {
		return nil, err
	}
	if counted := t.state[of.number].documents; counted != has {
		t.touched[of.number] = true
		t.state[of.number].documents = has
		done = append(done, fmt.Sprintf("%s now counts %d documents, not %d", of.of, has, counted))
	}
	return done, nil
}

// Compact implements storage.Caretaker. It rewrites the file, which needs as
// much free space again until it is done.
func (s *Store) Compact(ctx context.Context, now time.Time) (done storage.Compacted, err error) {
	for n := purgeBatch; n == purgeBatch; done.Removed += n {
		if n, err = s.Purge(ctx, now, purgeBatch); err != nil {
			return done, err
		}
	}
	done.Before = s.bytes()
	err = s.writer.alone(ctx, func(c *conn) error {
		if err := errors.Join(c.useTexts(), c.Exec("VACUUM")); err != nil {
			return fmt.Errorf("sqlite: the file was not compacted: %w; free as much space as it has, or set SQLITE_TMPDIR to a folder with that space", err)
		}
		return c.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	})
	done.After = s.bytes()
	return done, err
}

// bytes returns the size of the database on disk.
func (s *Store) bytes() (total int64) {
	for _, name := range []string{FileName, FileName + "-wal"} {
		if file, err := os.Stat(filepath.Join(s.dir, name)); err == nil {
			total += file.Size()
		}
	}
	return total
}
