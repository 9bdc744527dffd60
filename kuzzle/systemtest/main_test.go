package systemtest

import (
	"fmt"
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain: a server that was told to stop leaves nothing running.
func TestMain(m *testing.M) {
	code := m.Run()
	err := goleak.Find()
	if err == nil && onCluster() {
		err = prefixes.Remove(cluster())
	}
	if err != nil {
		fmt.Println(err)
		code = max(code, 1)
	}
	os.Exit(code)
}
