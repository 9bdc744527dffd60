package token

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// Whoever may not read the key is told what to do; root may read any, so that
// the refusal is made up here.
func TestMasterKeyOfSomebodyElse(t *testing.T) {
	err := notOpened(&fs.PathError{Op: "open", Path: "data/master.key", Err: fs.ErrPermission})
	if want := "make it readable for the user of this process only"; !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want %q in it", err, want)
	}
}
