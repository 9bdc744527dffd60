package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestFileChanged: a file that is cut off, goes on, or is replaced by other text
// while it is read is told from one that is complete.
func TestFileChanged(t *testing.T) {
	for _, row := range []struct {
		name   string
		change func(file string) error
		whole  bool
	}{
		{"as it was", func(string) error { return nil }, true},
		{"shorter", func(file string) error { return os.Truncate(file, 12) }, false},
		{"longer", func(file string) error {
			return os.WriteFile(file, []byte("id,username\n1,ann\n2,bob\n"), 0o600)
		}, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "users.csv")
			if err := os.WriteFile(name, []byte("id,username\n1,ann\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := (&importUsers{Files: []string{name}}).source(t.Context(), console{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.close()
			if err := row.change(name); err != nil {
				t.Fatal(err)
			}
			if err := s.whole(); (err == nil) != row.whole || err != nil && !strings.Contains(err.Error(), "changed while it was read") {
				t.Errorf("got %v, want whole: %v", err, row.whole)
			}
		})
	}
}
