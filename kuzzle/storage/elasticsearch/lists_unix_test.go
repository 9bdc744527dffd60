//go:build unix

package elasticsearch_test

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/storagetest"
)

// BenchmarkLists compares one size with another. The time is the cluster's, the CPU
// this process's:
//
//	KUZZLE_BENCH_USERS=100000 go test ./kuzzle/storage/elasticsearch -run '^$' -bench Lists -timeout 30m
func BenchmarkLists(b *testing.B) { storagetest.BenchmarkLists(b, openNew(b)) }
