package losstest

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// TestKillNotices kills the server after it has acknowledged a new password and a
// request for a reset, and before any mail is out. The next one sends both.
func TestKillNotices(t *testing.T) {
	t.Setenv("KUZZLE_MASTER_KEY", strings.Repeat("7", 64))
	t.Run("sqlite", func(t *testing.T) { killNotices(t, embeddedIn(t)) })
	// A killed server of a cluster is followed after many seconds.
	if sized(t).timed {
		t.Run("elasticsearch", func(t *testing.T) { killNotices(t, clusteredOn(t, estest.ForTest(t))) })
	}
}

func killNotices(t *testing.T, in place) {
	var up atomic.Bool
	mails := make(chan string, 100)
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if !up.Load() {
			<-r.Context().Done() // the server is killed while it waits
			return
		}
		var m struct{ Kind, To string }
		if err := json.Unmarshal(body, &m); err != nil {
			t.Error(err)
		}
		mails <- m.Kind + " to " + m.To
	}))
	defer hook.Close()
	options := append([]string{"--set", "notify.mail=webhook", "--set", "notify.webhook.url=" + hook.URL}, in.args...)
	data, jane := in.data, "jane@example.com"
	s := start(t, data, options...)
	for _, step := range []struct {
		method, path string
		body         any
	}{
		{"POST", createPath("jane"), newUser(jane)},
		{"PUT", "/credentials/local/jane/_update", map[string]any{"password": "battery staple 9"}},
		{"POST", "/_/password/requestReset", map[string]any{"username": jane}},
	} {
		if got, err := call(s.base, step.method, step.path, step.body); err != nil || got.status != 200 {
			t.Fatalf("%s %s: %+v, %v", step.method, step.path, got, err)
		}
	}
	s.kill()
	up.Store(true)
	s = start(t, data, options...)
	defer s.stop()
	want := map[string]bool{"password-changed to " + jane: true, "password-reset to " + jane: true}
	for late := time.After(time.Minute); len(want) > 0; {
		select {
		case got := <-mails:
			delete(want, got)
		case <-late:
			t.Fatalf("not sent: %v", want)
		}
	}
}
