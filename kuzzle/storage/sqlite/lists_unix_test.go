//go:build unix

package sqlite_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// BenchmarkLists compares one size with another:
//
//	KUZZLE_BENCH_USERS=1000000 go test ./kuzzle/storage/sqlite -run '^$' -bench Lists -timeout 30m
func BenchmarkLists(b *testing.B) { storagetest.BenchmarkLists(b, open(b, b.TempDir())) }
