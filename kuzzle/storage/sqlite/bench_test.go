package sqlite_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/query"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/sqlite"
)

// benchUser is a user as createUser without credentials writes it.
func benchUser(n int) storage.Change {
	id := fmt.Sprintf("kuid-quick-otter-%08d", n*7919%100_000_000)
	now := 1_700_000_000_000 + n
	text := fmt.Sprintf(`{"profileIds":["default"],"fullname":"John Doe %d","_kuzzle_info":{"author":"-1","createdAt":%d,"updatedAt":null,"updater":null}}`, n, now)
	return storage.Change{In: storage.Users, ID: id, Put: &storage.Document{Version: 1, Content: json.RawMessage(text), Auth: json.RawMessage(`{}`)}}
}

// benchCallers is how many write at once.
const benchCallers = 16

func BenchmarkCommitGroup(b *testing.B) {
	s := open(b, b.TempDir())
	var n atomic.Int64
	inParallel(b, func() error {
		_, err := s.Commit(b.Context(), benchUser(int(n.Add(1))))
		return err
	})
}

func inParallel(b *testing.B, do func() error) {
	var left atomic.Int64
	left.Store(int64(b.N))
	b.ResetTimer()
	var callers sync.WaitGroup
	for range benchCallers {
		callers.Go(func() {
			for left.Add(-1) >= 0 {
				if err := do(); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	callers.Wait()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "changes/s")
}

// filled opens a store of many users and 100 of profile "rare". Its size is
// 1,000, or KUZZLE_BENCH_USERS.
func filled(b *testing.B) (*sqlite.Store, int) {
	users := 1000
	if text := os.Getenv("KUZZLE_BENCH_USERS"); text != "" {
		var err error
		if users, err = strconv.Atoi(text); err != nil {
			b.Fatal(err)
		}
	}
	s := open(b, b.TempDir())
	began := time.Now()
	batch := make([]storage.Change, 0, 5000)
	for n := range users {
		change := benchUser(n)
		if n%(users/100) == 0 {
			change.Put.Content = json.RawMessage(`{"profileIds":["rare"]}`)
		}
		if batch = append(batch, change); len(batch) == cap(batch) || n == users-1 {
			commitMany(b, s, batch)
			batch = batch[:0]
		}
	}
	b.Logf("%d users in %v", users, time.Since(began))
	return s, users
}

// BenchmarkReads compares one size with another: run it again with
// KUZZLE_BENCH_USERS=1000000.
func BenchmarkReads(b *testing.B) {
	s, users := filled(b)
	created := query.Sort{Field: query.Field{Path: "_kuzzle_info.createdAt"}}
	profile := query.Field{Path: "profileIds"}
	rare := query.Terms{Field: profile, Values: []any{"rare"}}
	common := query.Terms{Field: profile, Values: []any{"default"}}
	for _, bench := range []struct {
		name string
		what query.Search
	}{
		{"Exact100", query.Search{Where: rare, Size: 100}},
		{"ExactAndRange", query.Search{Where: query.Bool{Must: []query.Node{rare, query.Range{Field: query.Field{Area: query.ID}, GTE: "kuid"}}}, Size: 100}},
		{"Unfiltered", query.Search{Size: 10}},
		{"Sorted", query.Search{Sort: []query.Sort{created}, Size: 10}},
		{"SortedDesc", query.Search{Sort: []query.Sort{{Field: created.Field, Desc: true}}, Size: 10}},
		{"SortedByFew", query.Search{Sort: []query.Sort{{Field: profile}}, Size: 10}},
		{"Cursor", query.Search{Sort: []query.Sort{created}, Size: 10, After: []any{float64(1_700_000_000_000 + users/2), "kuid"}}},
		{"CursorByID", query.Search{Size: 10, After: []any{benchUser(users / 2).ID}}},
		{"GrowsExactMany", query.Search{Where: common, Size: 10}},
		{"GrowsExactManySorted", query.Search{Where: common, Sort: []query.Sort{created}, Size: 10}},
		{"GrowsTested", query.Search{Where: query.Bool{MustNot: []query.Node{rare}}, Size: 10}},
		{"GrowsAggregation", query.Search{Aggregations: []query.Aggregation{{Name: "p", Field: profile, Size: 10}}}},
	} {
		b.Run(bench.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Search(b.Context(), storage.Users, bench.what); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("Get", func(b *testing.B) {
		n := 0
		for b.Loop() {
			n = (n + 7919) % users
			if _, err := s.Get(b.Context(), storage.Users, benchUser(n).ID); err != nil {
				b.Fatal(err)
			}
		}
	})
}
