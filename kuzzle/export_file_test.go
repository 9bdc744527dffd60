package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestExportFile: an export that ends early, as on a full disk, leaves no file that looks like a
// whole one, and the next one may write it.
func TestExportFile(t *testing.T) {
	c := exportUsers{File: filepath.Join(t.TempDir(), "users.json")}
	full := errors.New("the disk is full")
	half := func(out io.Writer) error {
		fmt.Fprintln(out, `{"kuid":"ada"}`)
		if _, err := os.Lstat(c.File); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("the file has its name before it is complete: %v", err)
		}
		return full
	}
	if err := c.into(io.Discard, half); !errors.Is(err, full) {
		t.Errorf("%v, want %v", err, full)
	}
	if left, err := os.ReadDir(filepath.Dir(c.File)); err != nil || len(left) > 0 {
		t.Errorf("%v is left, %v", left, err)
	}
	whole := func(out io.Writer) error {
		_, err := fmt.Fprintln(out, `{"kuid":"ada"}`)
		return err
	}
	if err := c.into(io.Discard, whole); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(c.File); err != nil || string(text) != "{\"kuid\":\"ada\"}\n" {
		t.Errorf("%q, %v", text, err)
	}
	if err := c.into(io.Discard, whole); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a file: %v", err)
	}
}
