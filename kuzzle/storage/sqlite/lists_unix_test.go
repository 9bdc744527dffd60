//go:build unix

package sqlite_test

import (
	"os"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// BenchmarkLists compares one size with another:
//
//	KUZZLE_BENCH_USERS=1000000 go test ./kuzzle/storage/sqlite -run '^$' -bench Lists -timeout 30m
func BenchmarkLists(b *testing.B) { storagetest.BenchmarkLists(b, open(b, b.TempDir())) }

// BenchmarkFilters does so for filters. KUZZLE_BENCH_DATA names a folder that keeps the users for
// the next run.
func BenchmarkFilters(b *testing.B) {
	dir := os.Getenv("KUZZLE_BENCH_DATA")
	if dir == "" {
		dir = b.TempDir()
	}
	storagetest.BenchmarkFilters(b, open(b, dir))
}
