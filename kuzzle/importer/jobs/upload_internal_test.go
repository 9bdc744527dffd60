package jobs

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestPartOfAnEndedJob: a part that waits while its job is deleted or canceled is refused,
// leaves no file, and starts nothing.
func TestPartOfAnEndedJob(t *testing.T) {
	for name, end := range map[string]func(*Jobs, string) error{
		"deleted":  (*Jobs).Delete,
		"canceled": func(j *Jobs, id string) error { _, err := j.Cancel(id); return err },
	} {
		folder := filepath.Join(t.TempDir(), "imports")
		found := make(chan struct{}, 16) // gets a value each time the job is found
		now := func() time.Time { found <- struct{}{}; return time.Unix(1e9, 0) }
		limits := Limits{Jobs: 8, Bytes: 1 << 20, Idle: time.Hour, Time: time.Hour}
		all, err := New(folder, func(users.Actor, []users.Actor) importer.Sink { return nil }, limits, slog.New(slog.DiscardHandler), now)
		if err != nil {
			t.Fatal(err)
		}
		made, err := all.Create(t.Context(), users.Actor{Kuid: "root"}, importer.Options{Source: "x"})
		if err != nil {
			t.Fatal(err)
		}
		for len(found) > 0 {
			<-found
		}
		writing := &all.jobs[made.ID].writing
		writing.Lock()
		refused := make(chan error)
		go func() { // ends with the part
			_, err := all.Upload(t.Context(), users.Actor{Kuid: "root"}, made.ID, 0, []byte("id\n1\n"), true)
			refused <- err
		}()
		<-found
		if err := end(all, made.ID); err != nil {
			t.Error(err)
		}
		writing.Unlock()
		if err := <-refused; err == nil {
			t.Errorf("%s: the part was taken", name)
		}
		if _, err := os.Stat(all.path(made.ID, dataFile)); err == nil {
			t.Errorf("%s: the file is there", name)
		}
		if err := all.Close(); err != nil {
			t.Error(err)
		}
	}
}
