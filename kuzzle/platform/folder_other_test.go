//go:build !windows

package platform

import (
	"os"
	"testing"
)

// otherUsers returns the mode of a folder that others may enter.
func otherUsers(t *testing.T, dir string) string {
	t.Helper()
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() == 0o700 {
		return ""
	}
	return info.Mode().String()
}
