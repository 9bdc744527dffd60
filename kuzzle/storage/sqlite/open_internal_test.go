package sqlite

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/ncruces/go-sqlite3"
)

// An unusable directory is an error with a remedy; root may open any, so the
// test makes up the refusals.
func TestRemedies(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{&fs.PathError{Op: "open", Path: "data/kuzzle.lock", Err: fs.ErrPermission}, "read and write data"},
		{sqlite3.CORRUPT, "restore the last backup"},
		{sqlite3.NOTADB, "restore the last backup"},
		{&LockedError{Path: "data/kuzzle.lock"}, "choose another directory"},
	} {
		err := withRemedy(fmt.Errorf("sqlite: open: %w", test.err), "data")
		if !errors.Is(err, test.err) || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: got %q, want %q in it", test.err, err, test.want)
		}
	}
}
