package reports

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOpenShorter: a report that was taken away before its run went on begins anew, and is a report
// for the next run too.
func TestOpenShorter(t *testing.T) {
	name := filepath.Join(t.TempDir(), "report")
	for range 2 {
		r, err := Open(name, 1000)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Add(Line{Row: 7}); err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
	}
	const line = `{"row":7,"field":"","reason":""}` + "\n"
	if text, err := os.ReadFile(name); err != nil || string(text) != line+line {
		t.Errorf("%q, %v", text, err)
	}
}
