//go:build !linux

package docker

import (
	"os/exec"
	"path/filepath"
	"testing"
)

// inRoot runs the command where it is: only Linux can show it another root.
func inRoot(_ *testing.T, cmd *exec.Cmd, root, _ string) {
	cmd.Path = filepath.Join(root, cmd.Path)
	for i, entry := range cmd.Env {
		if entry == "KUZZLE_DATA=/data" {
			cmd.Env[i] = "KUZZLE_DATA=" + filepath.Join(root, "data")
		}
	}
}

func give(*testing.T, string, string) {}
