package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/budget"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var admin = users.Actor{Kuid: "root", Open: true}

var limits = jobs.Limits{Jobs: 8, Bytes: 1 << 20, Idle: time.Hour, Time: time.Hour}

func openJobs(t *testing.T, folder string, sink importer.Sink, now time.Time) *jobs.Jobs {
	t.Helper()
	opened, err := jobs.New(folder, func(users.Actor, []users.Actor) importer.Sink { return sink }, limits,
		slog.New(slog.DiscardHandler), func() time.Time { return now })
	if err != nil {
		t.Fatal(err)
	}
	return opened
}

// After a restart jobs are told as they were; those that had not ended say so and
// what to do, and nothing of their files is left.
func TestJobsAreRecalled(t *testing.T) {
	folder, now := filepath.Join(t.TempDir(), "imports"), time.Now()
	started := make(chan struct{})
	sink := importer.Serially(func(ctx context.Context, how imports.Import, batch importer.Batch) ([]importer.Outcome, error) {
		if how.Source != "slow" {
			return slices.Repeat([]importer.Outcome{{Status: imports.RowFailed, Field: "id", Reason: "no"}}, batch.Len()), nil
		}
		close(started)
		<-ctx.Done()
		return nil, ctx.Err()
	})
	first := openJobs(t, folder, sink, now)
	ids := map[string]string{}
	for _, source := range []string{"open", "quick", "slow"} {
		made, err := first.Create(t.Context(), admin, importer.Options{Source: source})
		if err != nil {
			t.Fatal(err)
		}
		ids[source] = made.ID
		if _, err := first.Upload(t.Context(), admin, made.ID, 0, []byte("id,username,password_digest\n1,canary,x\n"), source != "open"); err != nil {
			t.Fatal(err)
		}
		if source == "quick" {
			if s, err := first.Wait(t.Context(), made.ID, 0); err != nil || s.State != jobs.Running && s.State != jobs.Done {
				t.Fatal(s, err)
			}
		}
	}
	<-started
	if err := first.Close(); err != nil {
		t.Error(err)
	}

	second := openJobs(t, folder, sink, now)
	for source, want := range map[string]jobs.State{"open": jobs.Interrupted, "quick": jobs.Done, "slow": jobs.Interrupted} {
		s, err := second.Status(ids[source])
		if err != nil || s.State != want {
			t.Errorf("%s is %s (%v), want %s", source, s.State, err, want)
		}
		if told := strings.Contains(s.Error, "send the file again"); told != (want == jobs.Interrupted) {
			t.Errorf("%s says %q", source, s.Error)
		}
	}
	if s, _ := second.Status(ids["quick"]); s.Failed != 1 {
		t.Errorf("got %+v, want a failed row", s)
	}
	if lines, _, err := second.Report(ids["quick"], 0); err != nil || !strings.Contains(string(lines), `"row":1`) {
		t.Errorf("the report is %q (%v)", lines, err)
	}
	if _, err := second.Upload(t.Context(), admin, ids["open"], 0, []byte("x"), false); err == nil {
		t.Error("an interrupted import takes more")
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if text, err := os.ReadFile(file); err != nil || strings.Contains(string(text), "canary") {
			t.Errorf("%s holds what was sent (%v)", file, err)
		}
	}
	if err := second.Close(); err != nil {
		t.Error(err)
	}

	late := openJobs(t, folder, sink, now.Add(2*time.Hour))
	if got := late.List(); len(got) != 0 {
		t.Errorf("much later %d are remembered, want none", len(got))
	}
	if err := late.Close(); err != nil {
		t.Error(err)
	}
}

// What lies in the folder that no import wrote harms nobody.
func TestJobsRecallOnlyTheirOwn(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"a.status": "{", "b.status": `{"status":{"_id":"c"}}`, "d.data": "x", "e.status.new": "x"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	opened := openJobs(t, folder, nil, time.Now())
	if got := opened.List(); len(got) != 0 {
		t.Errorf("recalled %+v, want none", got)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("left are %v (%v), want nothing", left, err)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
}

// TestJobsAreShared: one caller has half of the places, whatever became of their imports.
func TestJobsAreShared(t *testing.T) {
	opened := openJobs(t, filepath.Join(t.TempDir(), "imports"), nil, time.Now())
	defer opened.Close()
	create := func(kuid string) error {
		_, err := opened.Create(t.Context(), users.Actor{Kuid: kuid}, importer.Options{})
		return err
	}
	for _, kuid := range []string{"eve", "root"} {
		for n := range limits.Jobs / 2 {
			if err := create(kuid); err != nil {
				t.Errorf("%s, %d: %v", kuid, n, err)
			}
		}
		if err := create(kuid); !errors.Is(err, jobs.ErrTooMany) {
			t.Errorf("one more of %s: %v", kuid, err)
		}
	}
	if err := create("carl"); !errors.Is(err, jobs.ErrTooMany) {
		t.Errorf("one beyond all: %v", err)
	}
}

// A job waits for memory before it reads its file, and gives it back at its end.
func TestJobsDrawOnMemory(t *testing.T) {
	all := budget.New(2 * importer.RunWeight)
	of := limits
	of.Memory = all
	held := all.Share()
	if err := held.Grow(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	sink := importer.Serially(func(_ context.Context, _ imports.Import, batch importer.Batch) ([]importer.Outcome, error) {
		if used := all.Used(); used != importer.RunWeight {
			t.Errorf("%d bytes are held while a job writes, want %d", used, importer.RunWeight)
		}
		return slices.Repeat([]importer.Outcome{{Status: imports.RowCreated}}, batch.Len()), nil
	})
	opened, err := jobs.New(t.TempDir(), func(users.Actor, []users.Actor) importer.Sink { return sink }, of, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	made, err := opened.Create(t.Context(), admin, importer.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := opened.Upload(t.Context(), admin, made.ID, 0, []byte("id,username\n1,a\n"), true); err != nil {
		t.Fatal(err)
	}
	for all.Refused() == 0 { // it has asked for longer than a request would
		time.Sleep(10 * time.Millisecond)
	}
	if s, err := opened.Status(made.ID); err != nil || s.State != jobs.Running || s.Rows != 0 {
		t.Errorf("without memory the job is %+v (%v), want it to wait", s, err)
	}
	held.Release()
	for s, err := opened.Status(made.ID); s.State != jobs.Done; s, err = opened.Status(made.ID) {
		if err != nil || s.State != jobs.Running {
			t.Fatal(s, err)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
	if used := all.Used(); used != 0 {
		t.Errorf("%d bytes are held after the job", used)
	}
}

// TestJobEndsMidway: a job writes no further batch once a caller of it may no longer import; the rows
// of earlier batches stay counted.
func TestJobEndsMidway(t *testing.T) {
	batches := 0
	of := limits
	of.May = func(_ context.Context, by users.Actor, action string) (jobs.Still, error) {
		return func(context.Context) error {
			if action == jobs.UploadAction && batches > 1 {
				return jobs.ErrStopped.New(by.Kuid, "may not")
			}
			return nil
		}, nil
	}
	sink := importer.Serially(func(_ context.Context, _ imports.Import, batch importer.Batch) ([]importer.Outcome, error) {
		return slices.Repeat([]importer.Outcome{{Status: imports.RowCreated}}, batch.Len()), nil
	})
	counted := func(ctx context.Context, how imports.Import, rows importer.Batch) func() ([]importer.Outcome, error) {
		batches++
		return sink(ctx, how, rows)
	}
	opened, err := jobs.New(t.TempDir(), func(users.Actor, []users.Actor) importer.Sink { return counted }, of, slog.New(slog.DiscardHandler), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	made, err := opened.Create(t.Context(), users.Actor{Kuid: "joe"}, importer.Options{Source: "x"})
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	text.WriteString("id,username\n")
	for i := range 3 * imports.MaxImportRows {
		fmt.Fprintf(&text, "%d,u%d\n", i, i)
	}
	if _, err := opened.Upload(t.Context(), users.Actor{Kuid: "eve"}, made.ID, 0, []byte(text.String()), true); err != nil {
		t.Fatal(err)
	}
	s, err := opened.Wait(t.Context(), made.ID, 0)
	for s.State == jobs.Running && err == nil {
		s, err = opened.Wait(t.Context(), made.ID, s.Rows)
	}
	if err != nil || s.State != jobs.Failed || s.Created != 2*imports.MaxImportRows || !strings.Contains(s.Error, "eve") {
		t.Errorf("got %+v (%v), want a failure after two batches", s, err)
	}
	if err := opened.Close(); err != nil {
		t.Error(err)
	}
}
