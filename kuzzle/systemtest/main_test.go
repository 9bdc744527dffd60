package systemtest

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain: a server that was told to stop leaves nothing running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
