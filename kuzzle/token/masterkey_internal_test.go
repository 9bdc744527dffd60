package token

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
)

// A user who must not read the key gets the remedy; root may read any, so the
// test makes up the refusal.
func TestMasterKeyOfSomebodyElse(t *testing.T) {
	err := notOpened(&fs.PathError{Op: "open", Path: "data/master.key", Err: fs.ErrPermission})
	if want := "make it readable for the user of this process only"; !errors.Is(err, fs.ErrPermission) || !strings.Contains(err.Error(), want) {
		t.Errorf("got %q, want %q in it", err, want)
	}
}
