package main

import (
	"crypto/subtle"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

// The server's default cost.
const (
	passes    = 2
	memoryKiB = 19 << 10
	lanes     = 1
	keyBytes  = 32
)

// verify checks passwords on all cores and tells how many it did.
func verify(lasts time.Duration) (int, error) {
	password, salt := []byte("correct-horse-battery"), []byte("0123456789abcdef")
	want := argon2.IDKey(password, salt, passes, memoryKiB, lanes, keyBytes)
	var done, wrong atomic.Int64
	var workers sync.WaitGroup
	began := time.Now()
	for range runtime.NumCPU() {
		workers.Go(func() {
			for time.Since(began) < lasts {
				got := argon2.IDKey(password, salt, passes, memoryKiB, lanes, keyBytes)
				if subtle.ConstantTimeCompare(got, want) != 1 {
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
