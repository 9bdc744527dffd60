package audit_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/gokuzzle/kuzzle/kuzzle/audit"
	"github.com/gokuzzle/kuzzle/kuzzle/events"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var epoch = time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)

func event(id string) events.Event {
	return events.Event{ID: id, Name: events.UserCreated, At: epoch, Outcome: events.Done}
}

func open(t *testing.T, cfg audit.Config) *audit.Log {
	t.Helper()
	l, err := audit.Open(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func closeLog(t *testing.T, l *audit.Log) {
	t.Helper()
	if err := l.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// ids reads lines back; each must be a complete record.
func ids(t *testing.T, r io.Reader) (list []string, lost uint64) {
	t.Helper()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var record audit.Record
		if err := json.Unmarshal(lines.Bytes(), &record); err != nil {
			t.Fatalf("line %q: %v", lines.Text(), err)
		}
		if record.Stream != "audit" {
			t.Errorf("line %q is not marked as audit", lines.Text())
		}
		if record.Event == audit.Dropped {
			lost += record.Lost
			continue
		}
		list = append(list, record.ID)
	}
	return list, lost
}

func idsOf(t *testing.T, path string) []string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	list, _ := ids(t, f)
	return list
}

func TestLine(t *testing.T) {
	var out bytes.Buffer
	l := open(t, audit.Config{Out: &out})
	bus := events.NewBus(slog.New(slog.DiscardHandler), nil)
	bus.Subscribe(events.All, l.Handle)
	bus.Publish(t.Context(), events.Event{
		ID: "e-1", Name: events.SessionRefused, At: epoch, Outcome: events.Refused, Request: "r-1\n{}",
		Actor:   events.Actor{Kuid: "-1", Via: "session", Addr: "192.0.2.1"},
		Subject: events.Subject{Kind: events.User, ID: "jdoe"},
		Data:    events.Data{events.Strategy: "local", events.Reason: "security.x", "password": "canary"},
	})
	closeLog(t, l)
	want := `{"time":"2030-01-02T03:04:05Z","stream":"audit","event":"session.refused","id":"e-1","outcome":"refused",` +
		`"actor":{"kuid":"-1","via":"session","addr":"192.0.2.1"},"subject":{"kind":"user","id":"jdoe"},"requestId":"r-1\n{}",` +
		`"data":{"reason":"security.x","strategy":"local"}}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCloseWritesEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.log")
	for range 2 { // a second run appends
		l := open(t, audit.Config{Path: path})
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				for range 1000 {
					l.Handle(context.Background(), event("x"))
				}
			})
		}
		all.Wait()
		closeLog(t, l)
		closeLog(t, l)
		if l.Written() != 4000 || l.Dropped() != 0 {
			t.Errorf("got %d written, %d dropped, want 4000, 0", l.Written(), l.Dropped())
		}
		l.Handle(context.Background(), event("late"))
		if l.Dropped() != 1 {
			t.Error("a record after Close was not counted as lost")
		}
		if err := l.Reopen(); !errors.Is(err, audit.ErrClosed) {
			t.Errorf("Reopen after Close: got %v", err)
		}
	}
	if got := len(idsOf(t, path)); got != 8000 {
		t.Errorf("got %d lines, want 8000", got)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got mode %v, %v, want 0600", info.Mode(), err)
	}
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	path, moved := filepath.Join(dir, "audit.log"), filepath.Join(dir, "audit.log.1")
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		l := open(t, audit.Config{Path: path})
		record := func(id string) {
			l.Handle(t.Context(), event(id))
			synctest.Wait()
		}
		record("1")
		must(t, os.Rename(path, moved))
		record("2")
		must(t, l.Reopen())
		record("3")
		if diff := cmp.Diff([]string{"3"}, idsOf(t, path)); diff != "" {
			t.Errorf("new file (-want +got):\n%s", diff)
		}
		must(t, os.Remove(path))
		must(t, os.Mkdir(path, 0o700))
		if err := l.Reopen(); err == nil {
			t.Error("a folder was opened as the file")
		}
		record("4")
		closeLog(t, l)
		if l.Written() != 4 || l.Dropped() != 0 {
			t.Errorf("got %d written, %d dropped: when reopening fails, the old file stays in use", l.Written(), l.Dropped())
		}
	})
	if diff := cmp.Diff([]string{"1", "2"}, idsOf(t, moved)); diff != "" {
		t.Errorf("moved file (-want +got):\n%s", diff)
	}
}

func TestOpenRefuses(t *testing.T) {
	if _, err := audit.Open(audit.Config{Path: t.TempDir()}); err == nil {
		t.Error("a folder was opened as the file")
	}
}

// stuck is a writer that blocks until it is released.
type stuck struct {
	bytes.Buffer
	free chan struct{}
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.free
	return s.Buffer.Write(p)
}

// TestDropPolicy checks that publishers wait a while for space, and that lost records are counted
// and recorded.
func TestDropPolicy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &stuck{free: make(chan struct{})}
		l := open(t, audit.Config{Out: out, Queue: 2})
		l.Handle(t.Context(), event("1"))
		synctest.Wait() // the writer holds 1
		l.Handle(t.Context(), event("2"))
		l.Handle(t.Context(), event("3"))
		start := time.Now()
		l.Handle(t.Context(), event("lost"))
		l.Handle(t.Context(), event("lost"))
		if waited := time.Since(start); waited != 200*time.Millisecond || l.Dropped() != 2 {
			t.Errorf("waited %s, dropped %d, want 200ms, 2", waited, l.Dropped())
		}
		waited := make(chan struct{})
		go func() {
			l.Handle(context.Background(), event("4"))
			close(waited)
		}()
		time.Sleep(50 * time.Millisecond)
		close(out.free)
		<-waited
		closeLog(t, l)
		got, lost := ids(t, &out.Buffer)
		if diff := cmp.Diff([]string{"1", "2", "3", "4"}, got); diff != "" || lost != 2 || l.Written() != 4 {
			t.Errorf("lost %d, written %d, (-want +got):\n%s", lost, l.Written(), diff)
		}
	})
}

func TestCloseGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &stuck{free: make(chan struct{})}
		l := open(t, audit.Config{Out: out})
		l.Handle(t.Context(), event("1"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v, want the context's error", err)
		}
		close(out.free)
		synctest.Wait()
	})
}

// faulty fails after a number of bytes.
type faulty struct {
	bytes.Buffer
	room int
}

func (f *faulty) Write(p []byte) (int, error) {
	if f.room >= len(p) {
		f.room -= len(p)
		return f.Buffer.Write(p)
	}
	n, _ := f.Buffer.Write(p[:f.room])
	f.room = 0
	return n, errors.New("no space left")
}

// TestFailuresToWrite checks that records that cannot be written are counted and logged, and that
// later lines are whole.
func TestFailuresToWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		out := &faulty{room: 50}
		l := open(t, audit.Config{Out: out, Log: slog.New(slog.NewTextHandler(&log, nil))})
		l.Handle(t.Context(), event("1"))
		synctest.Wait()
		l.Handle(t.Context(), event("2"))
		synctest.Wait()
		if l.Dropped() != 2 || strings.Count(log.String(), "no space left") != 1 {
			t.Errorf("got %d dropped and log %q, want 2 and one complaint a second", l.Dropped(), &log)
		}
		out.room = 1 << 20
		l.Handle(t.Context(), event("3"))
		closeLog(t, l)
		torn, whole, _ := strings.Cut(out.String(), "\n")
		if len(torn) != 50 {
			t.Errorf("got torn line %q", torn)
		}
		got, lost := ids(t, strings.NewReader(whole))
		if diff := cmp.Diff([]string{"3"}, got); diff != "" || lost != 2 {
			t.Errorf("lost %d, (-want +got):\n%s", lost, diff)
		}
	})
}
