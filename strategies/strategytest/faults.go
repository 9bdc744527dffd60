package strategytest

import (
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// wantFault requires an error for clients: a fault with a 4xx status.
func wantFault(t *testing.T, what string, err error) *fault.Error {
	t.Helper()
	if err == nil {
		t.Errorf("%s: accepted, want a refusal", what)
		return nil
	}
	e, ok := fault.From(err)
	if !ok {
		t.Errorf("%s: %T %.200v is not a fault: clients would get a 500", what, err, err)
		return nil
	}
	if e.Status() < 400 || e.Status() > 499 {
		t.Errorf("%s: %s has status %d, want 4xx", what, e.ID(), e.Status())
	}
	return e
}
