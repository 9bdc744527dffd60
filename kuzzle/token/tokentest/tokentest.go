// Package tokentest gives tests a place for signing keys that needs no store.
//
// It knows nothing of this program.
package tokentest

import (
	"context"
	"sync"
)

// Keys holds sealed signing keys for as long as the test runs. The zero value is
// empty; it may be used by several at once.
type Keys struct {
	mu     sync.Mutex
	sealed []byte
}

// Load answers what Save kept last.
func (k *Keys) Load(context.Context) ([]byte, any, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.sealed, nil, nil
}

// Save never refuses.
func (k *Keys) Save(_ context.Context, sealed []byte, _ any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sealed = sealed
	return nil
}
