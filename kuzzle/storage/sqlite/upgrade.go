package sqlite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/mapping"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/binding"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/dirlock"
)

// upgradeSteps are the changes of upgrades besides adding collections, by name. A new
// database goes through all of them.
var upgradeSteps = map[string]func(*conn) error{
	"beginning": func(c *conn) error { return c.Exec(commonDDL) },
	"history":   func(c *conn) error { return c.Exec(historyDDL) },
	// Before this step, no text was found by its parts.
	"parts of texts": func(c *conn) error { return c.addTexts(tables[storage.Users]) },
	// Before this step, the inverted index had the orders of the account.
	"orders of users": func(c *conn) error { return c.addLists(tables[storage.Users]) },
	// Before this step, each text was indexed at once.
	"recent texts": func(c *conn) error { return c.Exec(fmt.Sprintf(recentDDL, tables[storage.Users].recent)) },
}

// reached is called before each step of an upgrade with its name; tests kill the
// process there.
var reached = func(string) {}

// prepareSchema creates the tables of an empty file, or upgrades those of an earlier
// version.
func prepareSchema(c *conn, path string) error {
	has, err := c.schemaNumber(path)
	switch {
	case err != nil:
		return err
	case has > storage.LatestSchema():
		return c.newer(path)
	case has == storage.LatestSchema():
		return nil
	}
	if err := c.upgrade(has); err != nil {
		return fmt.Errorf("sqlite: %s: upgrade from schema %d to %d, which changed nothing: %w", path, has, storage.LatestSchema(), err)
	}
	return nil
}

// schemaNumber returns the number in the file's header, which is 0 for an empty file.
// It refuses a file of another program.
func (c *conn) schemaNumber(path string) (int, error) {
	number, err := c.pragma("user_version")
	if err != nil {
		return 0, fmt.Errorf("sqlite: %s: %w", path, err)
	}
	id, err := c.pragma("application_id")
	if err != nil {
		return 0, fmt.Errorf("sqlite: %s: %w", path, err)
	}
	if number > 0 && id == applicationID {
		return int(number), nil
	}
	objects, err := c.integer("SELECT count(*) FROM sqlite_schema")
	switch {
	case err != nil:
		return 0, fmt.Errorf("sqlite: %s: %w", path, err)
	case objects > 0 || number != 0:
		return 0, fmt.Errorf("sqlite: %s is a database of another program: choose another data directory", path)
	}
	return 0, nil
}

// newer refuses a file of a later version.
func (c *conn) newer(path string) error {
	// The later version may store its history differently.
	has, _ := c.schema(path)
	return fmt.Errorf("sqlite: %w", &storage.NewerError{Where: path, Has: has})
}

// upgrade runs all missing steps in one transaction: an interruption leaves the file
// as it was, usable by either version.
func (c *conn) upgrade(from int) error {
	if err := errors.Join(c.useTexts(), c.Exec("BEGIN IMMEDIATE")); err != nil {
		return err
	}
	err := c.upgradeInside(from)
	if err == nil {
		reached("commit")
		err = c.Exec("COMMIT")
	}
	if err != nil && !c.GetAutocommit() {
		err = errors.Join(err, c.Exec("ROLLBACK"))
	}
	reached("end")
	return err
}

func (c *conn) upgradeInside(from int) error {
	for _, upgrade := range storage.UpgradesFrom(from) {
		reached(upgrade.Name)
		if step := upgradeSteps[upgrade.Name]; step != nil {
			if err := step(c); err != nil {
				return fmt.Errorf("%s: %w", upgrade.Name, err)
			}
		}
		for _, of := range upgrade.Adds {
			reached(upgrade.Name + ", " + string(of))
			if err := c.addCollection(tables[of]); err != nil {
				return fmt.Errorf("%s: collection %s: %w", upgrade.Name, of, err)
			}
		}
	}
	reached("record")
	if err := c.record(from); err != nil {
		return err
	}
	return c.Exec(fmt.Sprintf("PRAGMA application_id=%d; PRAGMA user_version=%d;", applicationID, storage.LatestSchema()))
}

func (c *conn) addCollection(t *table) error {
	ddl := fmt.Sprintf(documentsDDL, t.documents)
	if t.terms != "" {
		ddl += fmt.Sprintf(termsDDL, t.terms)
	}
	if err := c.Exec(ddl); err != nil {
		return err
	}
	m, err := json.Marshal(mapping.Initial(t.of))
	if err != nil {
		return err
	}
	return c.Run("INSERT INTO collections (number, name, mapping) VALUES (?,?,?)", t.number, string(t.of), binding.Text(m))
}

// record adds to the existing history.
func (c *conn) record(from int) error {
	had, err := c.history()
	if err != nil {
		return err
	}
	for _, line := range storage.Record(had, from, time.Now())[len(had):] {
		made := map[bool]int{true: 1}[line.Made]
		err := c.Run("INSERT INTO upgrades (number, name, program, at, made) VALUES (?,?,?,?,?)", line.Schema, line.Name, line.Program, line.At.Unix(), made)
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *conn) history() (lines []storage.Upgraded, err error) {
	err = c.Rows(func(s *sqlite3.Stmt) (bool, error) {
		lines = append(lines, storage.Upgraded{
			Schema: s.ColumnInt(0), Name: s.ColumnText(1), Program: s.ColumnText(2),
			At: time.Unix(s.ColumnInt64(3), 0).UTC(), Made: s.ColumnInt(4) == 1,
		})
		return true, nil
	}, "SELECT number, name, program, at, made FROM upgrades ORDER BY number")
	return lines, err
}

// schema reads the schema of a file. If the history is missing or unreadable, it
// returns the number with the error.
func (c *conn) schema(path string) (storage.Schema, error) {
	number, err := c.schemaNumber(path)
	has := storage.Schema{Number: number}
	if err != nil {
		return has, err
	}
	there, err := c.integer("SELECT count(*) FROM sqlite_schema WHERE type='table' AND name='upgrades'")
	if err != nil || there == 0 {
		return has, err
	}
	has.History, err = c.history()
	return has, err
}

// Schema implements storage.Caretaker.
func (s *Store) Schema(ctx context.Context) (has storage.Schema, err error) {
	err = s.lookups.with(ctx, func(c *conn) (err error) {
		has, err = c.schema(filepath.Join(s.dir, FileName))
		return err
	})
	return has, err
}

// ReadSchema returns the schema of a directory's database. It does not open the
// database as a store, which would upgrade it. The directory must have one, and no
// process may be using it: see [LockedError].
func ReadSchema(ctx context.Context, dir string) (has storage.Schema, err error) {
	err = apart(ctx, dir, func(c *conn) (err error) {
		has, err = c.schema(filepath.Join(dir, FileName))
		return err
	})
	return has, err
}

// apart uses the database of a directory that no store has open, without checking its
// schema.
func apart(ctx context.Context, dir string, use func(*conn) error) error {
	lock, err := dirlock.Take(dir)
	if err != nil {
		return withRemedy(err, dir)
	}
	defer lock.Close()
	c, err := openConn(ctx, filepath.Join(dir, FileName), readerPragmas)
	if err != nil {
		return withRemedy(err, dir)
	}
	return withRemedy(errors.Join(use(c), c.Close()), dir)
}
