package backend

import (
	"context"
	"encoding/json"
	"net"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/lease"
	"github.com/gokuzzle/kuzzle/kuzzle/storage"
)

// TestJobsOfOneServer: one server of a cluster removes expired documents and one
// improves records; an import waits while another server imports users.
func TestJobsOfOneServer(t *testing.T) {
	t.Parallel()
	share := oneCluster(t)
	var apps [2]*App
	for i := range apps {
		apps[i] = newApp(t, func(cfg *config.Config) { share(cfg) })
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, stop := context.WithCancel(t.Context())
		served := make(chan error, 1)
		go func() { served <- apps[i].Serve(ctx, listener) }()
		t.Cleanup(func() {
			stop()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
	here := apps[0]
	ctx, release := context.WithCancel(t.Context())
	defer release()
	held, left := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(left)
		lease.New(here.store, "import", "another").Hold(ctx, func(ctx context.Context) {
			close(held)
			<-ctx.Done()
		})
	}()
	<-held
	job := must(t, here, "", "import", "create", nil, map[string]any{"source": "old"})
	of := map[string]any{"_id": job["_id"]}
	must(t, here, "", "import", "upload", of, map[string]any{"text": "id,username\n1,anna\n", "end": true})

	holder := func(name string) string {
		doc, err := here.store.Get(t.Context(), storage.Flows, "lease:"+name)
		if err != nil {
			return ""
		}
		var in struct{ Holder string }
		if err := json.Unmarshal(doc.Content, &in); err != nil {
			t.Fatal(err)
		}
		return in.Holder
	}
	late := time.After(time.Minute)
	until := func(what string, is func() bool) {
		t.Helper()
		for !is() {
			select {
			case <-late:
				t.Fatalf("%s: not within a minute", what)
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
	for _, name := range []string{"purge", "upkeep"} {
		until(name+" has a holder", func() bool { return holder(name) == apps[0].node || holder(name) == apps[1].node })
	}
	state := func() any { return must(t, here, "", "import", "get", of, nil)["state"] }
	if got := state(); got != "running" || holder("import") != "another" {
		t.Errorf("while %q brings users in an import is %v, want running", holder("import"), got)
	}
	release()
	<-left
	until("the import ends", func() bool { return state() == "done" })
}
