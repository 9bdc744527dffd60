// Package tokentest provides tests with a master key, and with a store for signing keys in memory.
package tokentest

import (
	"context"
	"sync"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// Sealer returns the sealer of a master key of zeros.
func Sealer(t testing.TB) *token.Sealer {
	t.Helper()
	sealer, err := token.NewSealer(make([]byte, token.MasterKeyBytes))
	if err != nil {
		t.Fatal(err)
	}
	return sealer
}

// Keys holds encrypted signing keys for the duration of a test. The zero value
// is empty. It is safe for concurrent use.
type Keys struct {
	mu     sync.Mutex
	sealed []byte
}

// Load returns the value of the last Save.
func (k *Keys) Load(context.Context) ([]byte, any, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.sealed, nil, nil
}

// Save always succeeds.
func (k *Keys) Save(_ context.Context, sealed []byte, _ any) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.sealed = sealed
	return nil
}
