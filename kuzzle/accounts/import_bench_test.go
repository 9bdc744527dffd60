package accounts_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/external"
)

// benchDigest is bcrypt of 10 rounds.
const benchDigest = "$2b$10$xCGLxr4kCg21yt5ga5bkp.xw9RJ9nudx6kPJKYGeNlzMM.ghNdjFG"

const benchBatch = accounts.MaxImportRows

// importRow is a user as a Clerk export has one: an id, a name, an address, a
// bcrypt digest.
func importRow(n int) accounts.Row {
	name := fmt.Sprintf("user%08d", n*7919%100_000_000)
	return accounts.Row{
		Key:     strategies.Identifier{Kind: external.Kind, Value: "clerk:user_" + name},
		Content: map[string]any{"profileIds": []any{"default"}, "firstName": "Ada", "email": name + "@example.com", "emailVerified": true},
		Credentials: map[string]any{
			"digest-import": map[string]any{"username": name, "email": name + "@example.com", "passwordDigest": benchDigest, "passwordHasher": "bcrypt"},
			"external":      map[string]any{"accounts": []any{"clerk:user_" + name}},
		},
	}
}

// BenchmarkImport brings rows in, a batch at a time.
func BenchmarkImport(b *testing.B) {
	d := newBench(b, nil)
	d.use(b, external.Name, external.New)
	d.use(b, digestimport.Name, digestimport.New)
	rows := make([]accounts.Row, benchBatch)
	b.ResetTimer()
	for n := 0; n < b.N; n += benchBatch {
		for i := range rows {
			rows[i] = importRow(n + i)
		}
		results, err := d.Import(b.Context(), admin, accounts.Import{Source: "clerk"}, rows)
		if err != nil || results[0].Err != nil {
			b.Fatal(err, results[0].Err)
		}
	}
	b.ReportMetric(float64((b.N+benchBatch-1)/benchBatch*benchBatch)/b.Elapsed().Seconds(), "users/s")
}

// captured is a store that takes note of what it is to write.
type captured struct {
	storage.Store
	changes []storage.Change
}

func (c *captured) CommitMany(_ context.Context, changes []storage.Change) []storage.Result {
	c.changes = append(c.changes, changes...)
	return make([]storage.Result, len(changes))
}

// importChanges answers what Import would write, serialised.
func importChanges(b *testing.B, n int) []storage.Change {
	var c captured
	d := newBench(b, func(o *accounts.Options) {
		c.Store = o.Store
		o.Store = &c
	})
	d.use(b, external.Name, external.New)
	d.use(b, digestimport.Name, digestimport.New)
	rows := make([]accounts.Row, benchBatch)
	for at := 0; at < n; at += benchBatch {
		for i := range rows {
			rows[i] = importRow(at + i)
		}
		if _, err := d.Import(b.Context(), admin, accounts.Import{Source: "clerk"}, rows); err != nil {
			b.Fatal(err)
		}
	}
	return c.changes
}

// BenchmarkImportStore is the store alone with the same changes.
func BenchmarkImportStore(b *testing.B) {
	changes := importChanges(b, b.N)
	store, err := sqlite.Open(b.Context(), b.TempDir(), sqlite.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer store.Close()
	b.ResetTimer()
	for batch := range slices.Chunk(changes, benchBatch) {
		if results := store.CommitMany(b.Context(), batch); results[0].Err != nil {
			b.Fatal(results[0].Err)
		}
	}
	b.ReportMetric(float64(len(changes))/b.Elapsed().Seconds(), "users/s")
}

// BenchmarkImportRaw is what SQLite does at best with the same: documents and
// claims, serialised before, in transactions of as many.
func BenchmarkImportRaw(b *testing.B) {
	changes := importChanges(b, b.N)
	c, err := sqlite3.Open("file:" + filepath.Join(b.TempDir(), "raw.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if err := c.Exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-4096;
		CREATE TABLE users (id TEXT PRIMARY KEY, content TEXT NOT NULL, account TEXT, auth BLOB);
		CREATE TABLE claims (key TEXT PRIMARY KEY, owner TEXT) WITHOUT ROWID`); err != nil {
		b.Fatal(err)
	}
	user, _, err := c.PrepareFlags("INSERT OR IGNORE INTO users VALUES (?,?,?,?)", sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		b.Fatal(err)
	}
	claim, _, err := c.PrepareFlags("INSERT OR IGNORE INTO claims VALUES (?,?)", sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		b.Fatal(err)
	}
	insert := func(change storage.Change) error {
		_ = user.BindText(1, change.ID)
		_ = user.BindRawText(2, change.Put.Content)
		_ = user.BindRawText(3, change.Put.Account)
		_ = user.BindBlob(4, change.Put.Auth)
		err := user.Exec()
		for _, take := range change.Take {
			_ = claim.BindText(1, take.Key)
			_ = claim.BindText(2, change.ID)
			err = errors.Join(err, claim.Exec())
		}
		return err
	}
	b.ResetTimer()
	for batch := range slices.Chunk(changes, benchBatch) {
		err := c.Exec("BEGIN IMMEDIATE")
		for _, change := range batch {
			err = errors.Join(err, insert(change))
		}
		if err = errors.Join(err, c.Exec("COMMIT")); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(len(changes))/b.Elapsed().Seconds(), "users/s")
}
