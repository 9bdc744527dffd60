package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// callers is how many write at once, as many as the load has connections.
const callers = 16

// item is a row to be written and where its writer waits.
type item struct {
	id, content string
	done        chan error
}

// commit writes users into one plain table, all that wait in one transaction
// that is on disk when they are answered; it tells how many it wrote.
func commit(lasts time.Duration, dir string) (int, error) {
	db, err := sqlite3.Open("file:" + filepath.Join(dir, "raw.db"))
	if err != nil {
		return 0, err
	}
	defer db.Close()
	if err := db.Exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, content TEXT NOT NULL)"); err != nil {
		return 0, err
	}
	insert, _, err := db.PrepareFlags("INSERT INTO users VALUES (?,?)", sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		return 0, err
	}
	defer insert.Close()
	queue := make(chan item, callers)
	var writer, writers sync.WaitGroup
	writer.Go(func() { writeGroups(db, insert, queue) })
	var done atomic.Int64
	var failed atomic.Pointer[error]
	began := time.Now()
	for range callers {
		writers.Go(func() {
			for time.Since(began) < lasts && failed.Load() == nil {
				one := newItem(done.Add(1))
				queue <- one
				if err := <-one.done; err != nil {
					failed.Store(&err)
				}
			}
		})
	}
	writers.Wait()
	close(queue)
	writer.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return int(done.Load()), nil
}

func newItem(n int64) item {
	return item{
		id:      fmt.Sprintf("kuid-quick-otter-%d-%d", time.Now().UnixMicro(), n),
		content: fmt.Sprintf(`{"profileIds":["default"],"fullname":"John Doe %d","_kuzzle_info":{"author":"-1","createdAt":%d,"updatedAt":null,"updater":null}}`, n, time.Now().UnixMilli()),
		done:    make(chan error, 1),
	}
}

func writeGroups(db *sqlite3.Conn, insert *sqlite3.Stmt, queue chan item) {
	for first := range queue {
		group := []item{first}
		for len(queue) > 0 {
			group = append(group, <-queue)
		}
		err := writeGroup(db, insert, group)
		for _, each := range group {
			each.done <- err
		}
	}
}

func writeGroup(db *sqlite3.Conn, insert *sqlite3.Stmt, group []item) error {
	err := db.Exec("BEGIN IMMEDIATE")
	for _, each := range group {
		err = errors.Join(err, insert.BindText(1, each.id), insert.BindText(2, each.content), insert.Exec())
	}
	return errors.Join(err, db.Exec("COMMIT"))
}
