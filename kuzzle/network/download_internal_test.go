package network

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"
)

// TestCutBetweenWrites: a download that is cut off while nothing is being written
// writes nothing more, although each write has time of its own.
func TestCutBetweenWrites(t *testing.T) {
	to := httptest.NewRecorder()
	d := &download{to: to, patience: time.Minute}
	if _, err := d.Write([]byte("a")); err != nil {
		t.Fatal(err)
	}
	d.cut()
	if n, err := d.Write([]byte("b")); n != 0 || !errors.Is(err, errCut) || to.Body.String() != "a" {
		t.Errorf("after the cut: wrote %d, %v, and %q is sent", n, err, to.Body)
	}
}
