package network

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// TestDate: the header has the second of the answer, in the form and the time zone of HTTP.
func TestDate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var d date
		for _, wait := range []time.Duration{0, 999 * time.Millisecond, time.Millisecond, 24 * time.Hour} {
			time.Sleep(wait)
			if got, want := d.now()[0], time.Now().UTC().Format(http.TimeFormat); got != want {
				t.Errorf("after another %s: got %q, want %q", wait, got, want)
			}
		}
	})
}
