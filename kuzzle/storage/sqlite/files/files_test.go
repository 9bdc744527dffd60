package files

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestSeal reads what was sealed, and nothing that was changed since, at its end neither.
func TestSeal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "copy.db")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Seal(file); err != nil {
		t.Fatal(err)
	}
	sealed, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"cut": string(sealed[:len(sealed)-1]), "longer": string(sealed) + "\n", "another": "tent" + string(sealed[4:])} {
		other := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(other, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := Unseal(other); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	old := filepath.Join(t.TempDir(), "old")
	if err := os.WriteFile(old, make([]byte, 2*leastPage), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Unseal(old); err != nil {
		t.Errorf("a database without a checksum: %v", err)
	}
	if err := Unseal(file); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(file); err != nil || string(text) != "text" {
		t.Errorf("%q, %v", text, err)
	}
}
