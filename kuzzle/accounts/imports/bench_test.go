//go:build unix

package imports_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite/sqlitetest"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// benchDigest is a bcrypt digest of 10 rounds.
const benchDigest = "$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG"

const benchBatch = imports.MaxImportRows

// importRow returns a user like in an export of Clerk: an id, a name, an address, a bcrypt digest.
func importRow(n int) imports.Row {
	name := fmt.Sprintf("user%08d", n*7919%100_000_000)
	return imports.Row{
		Key:     strategies.Identifier{Kind: external.Kind, Value: "clerk:user_" + name},
		Content: map[string]any{"profileIds": []any{"default"}, "firstName": "Ada", "email": name + "@example.com", "emailVerified": true},
		Credentials: map[string]any{
			"digest-import": map[string]any{"username": name, "email": name + "@example.com", "passwordDigest": benchDigest, "passwordHasher": "bcrypt"},
			"external":      map[string]any{"accounts": []any{"clerk:user_" + name}},
		},
	}
}

// captured is a store that records writes instead of making them.
type captured struct {
	storage.Store
	changes []storage.Change
}

func (c *captured) CommitMany(_ context.Context, changes []storage.Change) []storage.Result {
	c.changes = append(c.changes, changes...)
	return make([]storage.Result, len(changes))
}

// rawTables is a database that shows SQLite's best speed for imports: documents and claims,
// serialised in advance, written by prepared statements.
type rawTables struct {
	*sqlite3.Conn
	user, claim *sqlite3.Stmt
}

func openRaw(b *testing.B) *rawTables {
	c, err := sqlite3.Open("file:" + filepath.Join(b.TempDir(), "raw.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close() })
	if err := c.Exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096; PRAGMA wal_autocheckpoint=4000;
		CREATE TABLE users (id TEXT PRIMARY KEY, content TEXT NOT NULL, account TEXT, auth BLOB);
		CREATE TABLE claims (key TEXT PRIMARY KEY, owner TEXT) WITHOUT ROWID`); err != nil {
		b.Fatal(err)
	}
	raw := &rawTables{Conn: c}
	for into, sql := range map[**sqlite3.Stmt]string{&raw.user: "INSERT OR IGNORE INTO users VALUES (?,?,?,?)", &raw.claim: "INSERT OR IGNORE INTO claims VALUES (?,?)"} {
		if *into, _, err = c.PrepareFlags(sql, sqlite3.PREPARE_PERSISTENT); err != nil {
			b.Fatal(err)
		}
	}
	return raw
}

// write inserts a batch in one transaction.
func (r *rawTables) write(changes []storage.Change) error {
	err := r.Exec("BEGIN IMMEDIATE")
	for _, change := range changes {
		_ = r.user.BindText(1, change.ID)
		_ = r.user.BindRawText(2, change.Put.Content)
		_ = r.user.BindRawText(3, change.Put.Account)
		_ = r.user.BindBlob(4, change.Put.Auth)
		err = errors.Join(err, r.user.Exec())
		for _, take := range change.Take {
			_ = r.claim.BindText(1, take.Key)
			_ = r.claim.BindText(2, change.ID)
			err = errors.Join(err, r.claim.Exec())
		}
	}
	return errors.Join(err, r.Exec("COMMIT"))
}

// stopwatch records the time of each turn, and the processor time of all.
type stopwatch struct {
	turns []time.Duration
	cpu   time.Duration
}

// usage returns the processor time of this process so far, and its largest memory, in the system's
// unit.
func usage() (cpu time.Duration, peak int64) {
	var used syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &used) // cannot fail for this process
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()), int64(used.Maxrss)
}

func (s *stopwatch) time(b *testing.B, do func() error) {
	began := time.Now()
	before, _ := usage()
	if err := do(); err != nil {
		b.Fatal(err)
	}
	s.turns = append(s.turns, time.Since(began))
	after, _ := usage()
	s.cpu += after - before
}

// each returns the time for one row in some of the turns.
func each(turns []time.Duration) time.Duration {
	sum := time.Duration(0)
	for _, turn := range turns {
		sum += turn
	}
	return sum / time.Duration(len(turns)*benchBatch)
}

// BenchmarkImport imports the same rows in three ways that alternate at every batch: as users (from
// an importer's output on), as serialised documents (the store alone), and as plain rows of SQLite
// with their claims. The shares are relative to the last way's rate. The time for a row of the last
// tenth, in percent of the first tenth, shows whether rows get slower; the memory at that time and
// at the end is reported too.
func BenchmarkImport(b *testing.B) {
	var c captured
	ours := accountstest.NewImporting(b, nil)
	noting := accountstest.NewImporting(b, func(o *accounts.Options) {
		c.Store = o.Store
		o.Store = &c
	})
	store := sqlitetest.Open(b)
	raw := openRaw(b)
	var whole, stored, bare stopwatch
	var peaks []int64
	rows := make([]imports.Row, benchBatch)
	bring := func(d *accountstest.Bench) error {
		results, err := d.Imports.Import(b.Context(), accountstest.Admin, imports.Import{Source: "clerk"}, rows)
		return errors.Join(err, results[0].Err)
	}
	b.ResetTimer()
	for n := 0; n < b.N; n += benchBatch {
		for i := range rows {
			rows[i] = importRow(n + i)
		}
		c.changes = c.changes[:0]
		if err := bring(noting); err != nil {
			b.Fatal(err)
		}
		whole.time(b, func() error { return bring(ours) })
		stored.time(b, func() error { return store.CommitMany(b.Context(), c.changes)[0].Err })
		bare.time(b, func() error { return raw.write(c.changes) })
		_, peak := usage()
		peaks = append(peaks, peak)
	}
	tenth := max(1, len(bare.turns)/10)
	b.ReportMetric(100*float64(peaks[len(peaks)-1])/float64(peaks[tenth-1]), "memory-end-%")
	for name, s := range map[string]stopwatch{"import": whole, "store": stored, "bare": bare} {
		b.ReportMetric(float64(time.Second/each(s.turns)), name+"-rows/s")
		b.ReportMetric(float64(s.cpu.Microseconds())/float64(len(s.turns)*benchBatch), name+"-cpu-µs/row")
		b.ReportMetric(100*float64(each(bare.turns))/float64(each(s.turns)), name+"-%")
		b.ReportMetric(100*float64(each(s.turns[len(s.turns)-tenth:]))/float64(each(s.turns[:tenth])), name+"-end-%")
	}
}
