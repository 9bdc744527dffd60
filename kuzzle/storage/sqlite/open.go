package sqlite

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/platform"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/dirlock"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/files"
)

// FileName is the database's name inside the data directory. SQLite keeps two more
// files beside it while it is open.
const FileName = "kuzzle.db"

// Options are the settings of the engine. The zero value is the default.
type Options struct {
	// SearchTimeout ends a search with storage.ErrTimeout; default 5 seconds.
	SearchTimeout time.Duration
	// Queue is the maximum number of calls that wait for the writer; further ones
	// get storage.ErrUnavailable. The default is 8,192.
	Queue int
	// Searches is the maximum number of concurrent searches; others wait. Default
	// 4.
	Searches int
}

func (o Options) withDefaults() Options {
	if o.SearchTimeout <= 0 {
		o.SearchTimeout = 5 * time.Second
	}
	if o.Queue <= 0 {
		o.Queue = 8192
	}
	if o.Searches <= 0 {
		o.Searches = 4
	}
	return o
}

// Store is one open database. It implements storage.Store.
type Store struct {
	options Options
	dir     string
	lock    *dirlock.Lock
	writer  *writer
	lookups pool
	scans   pool
	indexes indexes
	scrolls scrolls
	// commits counts single changes; commitsBefore is its value when the last
	// large group was made.
	commits, commitsBefore atomic.Int64

	health *health

	// stop ends the background work; stopping is closed with it.
	stop     context.CancelFunc
	stopping context.Context
	running  sync.WaitGroup
	close    sync.Once
	// reindex wakes the pass over older documents.
	reindex chan struct{}
	// kept are numbers of documents; counting wakes who counts them.
	kept     kept
	counting chan struct{}
}

var _ storage.Store = (*Store)(nil)

// Open opens or creates the database in dir, which it creates with mode 0700 if
// missing, and upgrades an earlier version to this program's schema. One process
// at a time owns a directory: a second Open fails with [LockedError]. A database
// of a later version fails with [storage.NewerError].
func Open(ctx context.Context, dir string, options Options) (*Store, error) {
	s, err := openStore(ctx, dir, options)
	if err != nil {
		return nil, withRemedy(err, dir)
	}
	return s, nil
}

// LockedError means that another process owns the data directory.
type LockedError = dirlock.LockedError

// Own makes the process the owner of a data directory, like Open but without a
// database; it creates the directory with mode 0700 if missing. Until Close, Own
// and Open fail with [LockedError] in every process.
func Own(dir string) (io.Closer, error) {
	if err := platform.MakePrivate(dir); err != nil {
		return nil, fmt.Errorf("sqlite: data directory: %w", err)
	}
	lock, err := dirlock.Take(dir)
	if err != nil {
		return nil, err
	}
	return lock, nil
}

// Exists reports whether a directory has a database.
func Exists(dir string) (bool, error) {
	_, err := os.Stat(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, withRemedy(err, dir)
}

// withRemedy adds the remedy to the error for an unusable directory.
func withRemedy(err error, dir string) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: let the user of this process read and write %s, or choose another directory", err, dir)
	case errors.Is(err, sqlite3.CORRUPT), errors.Is(err, sqlite3.NOTADB):
		return fmt.Errorf("%w: keep the file, and restore the last backup into another directory", err)
	}
	return err
}

func openStore(ctx context.Context, dir string, options Options) (*Store, error) {
	if err := platform.MakePrivate(dir); err != nil {
		return nil, fmt.Errorf("sqlite: data directory: %w", err)
	}
	lock, err := dirlock.Take(dir)
	if err != nil {
		return nil, err
	}
	s := &Store{options: options.withDefaults(), dir: dir, lock: lock, reindex: make(chan struct{}, 1), counting: make(chan struct{}, 1), health: newHealth()}
	s.scrolls.opening = make(chan struct{}, 1)
	s.stopping, s.stop = context.WithCancel(context.Background())
	if err := s.start(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Store) start(ctx context.Context) error {
	path := filepath.Join(s.dir, FileName)
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := files.Create(path + suffix); err != nil {
			return fmt.Errorf("sqlite: %w", err)
		}
	}
	c, err := openConn(ctx, path, writerPragmas)
	if err != nil {
		return err
	}
	if err := prepareSchema(c, path); err != nil {
		return errors.Join(err, c.Close())
	}
	pending, err := s.indexes.load(c)
	if err != nil {
		return errors.Join(err, c.Close())
	}
	if s.writer, err = newWriter(c, s.options.Queue, &s.indexes, s.health, &s.kept); err != nil {
		return errors.Join(err, c.Close())
	}
	s.lookups = newPool(path, 2)
	s.scans = newPool(path, s.options.Searches)
	if pending {
		s.wakeReindex()
	}
	s.running.Go(s.reindexLoop)
	s.running.Go(s.countLoop)
	return nil
}

// Close completes accepted changes, ends searches and background work, and
// releases the directory. Later calls of any method return storage.ErrUnavailable.
func (s *Store) Close() error {
	var errs []error
	s.close.Do(func() {
		s.stop()
		s.running.Wait()
		s.scrolls.close()
		if s.writer != nil {
			errs = append(errs, s.writer.close())
		}
		if s.lookups.Pool != nil {
			errs = append(errs, s.lookups.Close(), s.scans.Close())
		}
		errs = append(errs, s.lock.Close())
	})
	return errors.Join(errs...)
}
