package main

import (
	"context"
	"crypto/subtle"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	library "golang.org/x/crypto/argon2"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// The server's default cost.
const (
	passes    = 2
	memoryKiB = 19 << 10
	lanes     = 1
	keyBytes  = 32
)

// Implementations of argon2id: the library that Go programs use, or the
// server's own code without the server.
const (
	byLibrary = "library"
	byServer  = "server"
)

// hasher returns a function for one goroutine that hashes the same password
// repeatedly, and one that ends it.
func hasher(by string) (hash func() []byte, end func()) {
	password, salt := []byte("correct-horse-battery"), []byte("0123456789abcdef")
	if by == byLibrary {
		return func() []byte { return library.IDKey(password, salt, passes, memoryKiB, lanes, keyBytes) }, func() {}
	}
	p := argon2.Params{Kind: argon2.ID, Memory: memoryKiB, Passes: passes, Lanes: lanes, Salt: salt}
	memory := argon2.NewMemory(p.Size())
	return func() []byte { return p.Key(context.Background(), memory, lanes, password, keyBytes) }, memory.Free
}

// verify checks passwords on all cores and returns their number.
func verify(lasts time.Duration, by string) (int, error) {
	first, end := hasher(byLibrary)
	want := first()
	end()
	var done, wrong atomic.Int64
	var workers sync.WaitGroup
	began := time.Now()
	for range runtime.NumCPU() {
		workers.Go(func() {
			hash, end := hasher(by)
			defer end()
			for time.Since(began) < lasts {
				if subtle.ConstantTimeCompare(hash(), want) != 1 {
					wrong.Add(1)
				}
				done.Add(1)
			}
		})
	}
	workers.Wait()
	if wrong.Load() > 0 {
		return 0, errors.New("argon2id answered differently for the same password")
	}
	return int(done.Load()), nil
}
