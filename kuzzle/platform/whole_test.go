package platform

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestSettle makes a complete file appear under its name once.
func TestSettle(t *testing.T) {
	file := filepath.Join(t.TempDir(), "copy.db")
	part, err := Begin(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Begin(file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a second writer: %v", err)
	}
	if err := os.WriteFile(part, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(file); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the name of a file that is not complete: %v", err)
	}
	if err := Settle(part, file); err != nil {
		t.Fatal(err)
	}
	if err := Settle(part, file); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a name that exists: %v", err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
}
