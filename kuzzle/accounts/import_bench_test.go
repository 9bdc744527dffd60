package accounts_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts"
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

// BenchmarkImportRaw is what SQLite does at best with the same: documents and
// claims that are serialised before, in transactions of the same size.
func BenchmarkImportRaw(b *testing.B) {
	c, err := sqlite3.Open("file:" + filepath.Join(b.TempDir(), "raw.db"))
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	if err := c.Exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
		CREATE TABLE users (id TEXT PRIMARY KEY, content TEXT NOT NULL, account TEXT, auth BLOB) WITHOUT ROWID;
		CREATE TABLE claims (key TEXT PRIMARY KEY, owner TEXT) WITHOUT ROWID`); err != nil {
		b.Fatal(err)
	}
	user, _, err := c.PrepareFlags("INSERT INTO users VALUES (?,?,?,?)", sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		b.Fatal(err)
	}
	claim, _, err := c.PrepareFlags("INSERT INTO claims VALUES (?,?)", sqlite3.PREPARE_PERSISTENT)
	if err != nil {
		b.Fatal(err)
	}
	type ready struct {
		id                     string
		content, account, auth []byte
		claims                 []string
	}
	rows := make([]ready, benchBatch)
	b.ResetTimer()
	for n := 0; n < b.N; n += benchBatch {
		b.StopTimer()
		for i := range rows {
			row := importRow(n + i)
			name := row.Key.Value
			content, _ := json.Marshal(row.Content)
			account, _ := json.Marshal(map[string]any{"credentials": map[string]any{"digest-import": map[string]any{"username": name, "email": name}, "external": map[string]any{"account": name, "accounts": name}}})
			auth, _ := json.Marshal(map[string]any{"records": []any{row.Credentials}, "brought": map[string]any{"row": "AAAAAAAAAAAAAAAAAAAAAA=="}})
			rows[i] = ready{fmt.Sprintf("kuid-quick-otter-%08d", n+i), content, account, auth, []string{"1:username:" + name, "1:email:" + name + "@example.com", "1:account:" + name}}
		}
		b.StartTimer()
		if err := c.Exec("BEGIN IMMEDIATE"); err != nil {
			b.Fatal(err)
		}
		for _, row := range rows {
			_ = user.BindText(1, row.id)
			_ = user.BindRawText(2, row.content)
			_ = user.BindRawText(3, row.account)
			_ = user.BindBlob(4, row.auth)
			if err := user.Exec(); err != nil {
				b.Fatal(err)
			}
			for _, key := range row.claims {
				_ = claim.BindText(1, key)
				_ = claim.BindText(2, row.id)
				if err := claim.Exec(); err != nil {
					b.Fatal(err)
				}
			}
		}
		if err := c.Exec("COMMIT"); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64((b.N+benchBatch-1)/benchBatch*benchBatch)/b.Elapsed().Seconds(), "users/s")
}
