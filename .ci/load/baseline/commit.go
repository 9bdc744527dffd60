package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/kuid"
)

// maxCallers bounds the number of concurrent writers.
const maxCallers = 1000

// item is a row to write and the channel of its waiting writer.
type item struct {
	id, content string
	done        chan error
}

// A plain user is a row of one table; a searchable one also has as many rows of
// an inverted index as the server writes for such a user.
const (
	plain      = "plain"
	searchable = "searchable"
)

// schema has the pragmas of the server's writer, without which this program
// would be faster.
const schema = `PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA wal_autocheckpoint=4000;
CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, content TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS terms (field INTEGER, value ANY, doc INTEGER, PRIMARY KEY (field, value, doc)) STRICT, WITHOUT ROWID;`

const insertTerms = "INSERT INTO terms VALUES (1,'default',?1),(2,'-1',?1),(3,?2,?1)"

// database is a database for users; one goroutine uses it at a time.
type database struct {
	*sqlite3.Conn
	insert, index *sqlite3.Stmt
	searchable    bool
}

func openDatabase(dir, kind string) (*database, error) {
	conn, err := sqlite3.Open("file:" + filepath.Join(dir, kind+".db"))
	if err != nil {
		return nil, err
	}
	db := &database{Conn: conn, searchable: kind == searchable}
	err = conn.Exec(schema)
	if err == nil {
		db.insert, _, err = conn.PrepareFlags("INSERT INTO users VALUES (?,?)", sqlite3.PREPARE_PERSISTENT)
	}
	if err == nil {
		db.index, _, err = conn.PrepareFlags(insertTerms, sqlite3.PREPARE_PERSISTENT)
	}
	return db, err
}

func (db *database) close() error {
	return errors.Join(db.insert.Close(), db.index.Close(), db.Close())
}

// group is the simplest group commit: all callers that wait when a transaction
// begins are in it.
type group struct {
	db     *database
	queue  chan item
	writer sync.WaitGroup
}

func newGroup(dir, kind string, callers int) (*group, error) {
	db, err := openDatabase(dir, kind)
	if err != nil {
		return nil, err
	}
	g := &group{db: db, queue: make(chan item, callers)}
	g.writer.Go(func() { db.writeGroups(g.queue) })
	return g, nil
}

// create writes one user and returns its id when it is on disk.
func (g *group) create(content string) (string, error) {
	id, err := kuid.New(kuid.Human) // random like the server's
	if err != nil {
		return "", err
	}
	one := item{id: id, content: content, done: make(chan error, 1)}
	g.queue <- one
	return id, <-one.done
}

func (g *group) close() error {
	close(g.queue)
	g.writer.Wait()
	return g.db.close()
}

// commit writes users for that many concurrent callers, and returns their
// number.
func commit(lasts time.Duration, dir, kind, many string) (int, error) {
	callers, err := strconv.Atoi(many)
	if err != nil || callers < 1 || callers > maxCallers {
		return 0, errUsage
	}
	g, err := newGroup(dir, kind, callers)
	if err != nil {
		return 0, err
	}
	var writers sync.WaitGroup
	var done atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	for range callers {
		writers.Go(func() {
			for time.Since(began) < lasts && failed.Load() == nil {
				if _, err := g.create(userContent(done.Add(1))); err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	writers.Wait()
	err = g.close()
	if first := failed.Load(); first != nil {
		err = *first
	}
	return int(done.Load()), err
}

// userContent returns a user in the server's stored form.
func userContent(n int64) string {
	return fmt.Sprintf(`{"profileIds":["default"],"fullname":"John Doe %d","_kuzzle_info":{"author":"-1","createdAt":%d,"updatedAt":null,"updater":null}}`, n, time.Now().UnixMilli())
}

func (db *database) writeGroups(queue chan item) {
	for first := range queue {
		group := []item{first}
		for len(queue) > 0 {
			group = append(group, <-queue)
		}
		err := db.writeGroup(group)
		for _, each := range group {
			each.done <- err
		}
	}
}

func (db *database) writeGroup(group []item) error {
	err := db.Exec("BEGIN IMMEDIATE")
	for _, each := range group {
		err = errors.Join(err, db.insertItem(each))
		if db.searchable {
			doc := db.LastInsertRowID()
			err = errors.Join(err, db.index.BindInt64(1, doc), db.index.BindInt64(2, time.Now().UnixMilli()), db.index.Exec())
		}
	}
	return errors.Join(err, db.Exec("COMMIT"))
}

// insertItem draws another id if one is taken, as the server does.
func (db *database) insertItem(each item) error {
	for {
		err := errors.Join(db.insert.BindText(1, each.id), db.insert.BindText(2, each.content), db.insert.Exec())
		if !errors.Is(err, sqlite3.CONSTRAINT) {
			return err
		}
		if each.id, err = kuid.New(kuid.Human); err != nil {
			return err
		}
	}
}
