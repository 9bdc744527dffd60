package backend_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/jobs"
)

// importing calls actions of the controller import with every right.
type importing struct {
	t   *testing.T
	app *backend.App
}

func newImporting(t *testing.T) importing {
	t.Helper()
	cfg := config.Default()
	cfg.Data = t.TempDir()
	app, err := backend.New(backend.WithConfig(cfg), backend.WithTerminal(nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.Close(); err != nil {
			t.Error(err)
		}
	})
	return importing{t, app}
}

// call answers the status and, in into, the result.
func (i importing) call(action string, args, body map[string]any, into any) int {
	i.t.Helper()
	answer, err := i.app.Operate(i.t.Context(), backend.AdminRequest{Controller: "import", Action: action, Args: args, Body: body})
	if err != nil {
		i.t.Fatal(err)
	}
	var envelope struct {
		Status int
		Result json.RawMessage
	}
	if err := json.Unmarshal(answer, &envelope); err != nil {
		i.t.Fatal(err)
	}
	if into != nil && envelope.Status == 200 {
		if err := json.Unmarshal(envelope.Result, into); err != nil {
			i.t.Fatal(err)
		}
	}
	return envelope.Status
}

// TestImportJob brings users in over the API, in parts, and reads the report.
func TestImportJob(t *testing.T) {
	i := newImporting(t)
	const text = "id,username,town\n1,anna,Oslo\n2,ANNA,Rome\n3,carl,Bern\n"
	var job jobs.Status
	if status := i.call("create", nil, map[string]any{"source": "old", "map": map[string]any{"town": "content.town"}}, &job); status != 200 || job.State != jobs.Open {
		t.Fatalf("got %d %+v, want an open job", status, job)
	}
	id := map[string]any{"_id": job.ID}
	for _, part := range []struct {
		name   string
		body   map[string]any
		status int
	}{
		{"the first part", map[string]any{"text": text[:20]}, 200},
		{"it again", map[string]any{"text": text[:20]}, 200},
		{"a part too far", map[string]any{"text": "x", "offset": 90.0}, 409},
		{"text and data", map[string]any{"text": "x", "data": "eA=="}, 400},
		{"no base64", map[string]any{"data": "?"}, 400},
		{"the rest", map[string]any{"data": base64.StdEncoding.EncodeToString([]byte(text[20:])), "offset": 20.0, "end": true}, 200},
		{"one too many", map[string]any{"text": "x", "offset": float64(len(text))}, 409},
	} {
		if status := i.call("upload", id, part.body, nil); status != part.status {
			t.Errorf("%s: got %d, want %d", part.name, status, part.status)
		}
	}
	for after := 0; ; after = int(job.Rows) {
		i.call("get", map[string]any{"_id": job.ID, "after": float64(after)}, nil, &job)
		if job.State != jobs.Running {
			break
		}
	}
	if job.State != jobs.Done || job.Created != 2 || job.Failed != 1 || job.Format != "csv" {
		t.Errorf("got %+v, want 2 created and 1 failed", job)
	}
	var report struct {
		Lines string
		Next  int64
	}
	i.call("report", id, nil, &report)
	if !strings.HasPrefix(report.Lines, `{"row":2,"field":"username",`) || report.Next != int64(len(report.Lines)) {
		t.Errorf("got the report %+v", report)
	}
	var list struct{ Total int }
	if i.call("list", nil, nil, &list); list.Total != 1 {
		t.Errorf("got %d jobs, want 1", list.Total)
	}
	if status := i.call("delete", id, nil, nil); status != 200 {
		t.Errorf("delete: got %d", status)
	}
	if status := i.call("get", id, nil, nil); status != 404 {
		t.Errorf("a deleted job: got %d, want 404", status)
	}
}

// TestImportJobRefusals: an impossible job is refused at once or by its state.
func TestImportJobRefusals(t *testing.T) {
	i := newImporting(t)
	for _, options := range []map[string]any{{"format": "nonsense"}, {"key": 7.0}, {"map": map[string]any{"a": "nonsense"}}, {"source": "a b"}} {
		if status := i.call("create", nil, options, nil); status != 400 {
			t.Errorf("options %v: got %d, want 400", options, status)
		}
	}
	var job jobs.Status
	i.call("create", nil, nil, &job)
	id := map[string]any{"_id": job.ID}
	i.call("upload", id, map[string]any{"data": base64.StdEncoding.EncodeToString([]byte("PK\x03\x04")), "end": true}, nil)
	for i.call("get", map[string]any{"_id": job.ID, "after": 0.0}, nil, &job); job.State == jobs.Running; {
		i.call("get", map[string]any{"_id": job.ID, "after": 0.0}, nil, &job)
	}
	if job.State != jobs.Failed || !strings.Contains(job.Error, "zip archive") {
		t.Errorf("got %+v, want a failure that names the archive", job)
	}
	// An open one can be canceled, and there are only so many.
	i.call("create", nil, nil, &job)
	if i.call("cancel", map[string]any{"_id": job.ID}, nil, &job); job.State != jobs.Canceled {
		t.Errorf("got %s, want canceled", job.State)
	}
	last := 200
	for range config.Default().Imports.Jobs {
		last = i.call("create", nil, nil, nil)
	}
	if last != 429 {
		t.Errorf("one job too many: got %d, want 429", last)
	}
}

// TestWeakDigests: the operator is told how many have nothing but the master key
// to protect them.
func TestWeakDigests(t *testing.T) {
	i := newImporting(t)
	for n, row := range []struct {
		wrap string
		want backend.WeakDigests
	}{
		{"", backend.WeakDigests{Waiting: 1}},
		{"off", backend.WeakDigests{Waiting: 1, Left: 1}},
		{"now", backend.WeakDigests{Waiting: 1, Left: 1}},
	} {
		var job jobs.Status
		i.call("create", nil, map[string]any{"wrap": row.wrap, "source": "old"}, &job)
		id := map[string]any{"_id": job.ID}
		text := fmt.Sprintf("id,username,password_digest,password_hasher\n%d,u%d,5f4dcc3b5aa765d61d8327deb882cf99,md5\n", n, n)
		i.call("upload", id, map[string]any{"text": text, "end": true}, &job)
		for job.State == jobs.Running {
			i.call("get", map[string]any{"_id": job.ID, "after": float64(job.Rows)}, nil, &job)
		}
		if job.Created != 1 {
			t.Fatalf("wrap %q: %+v, want a user", row.wrap, job)
		}
		answer, err := i.app.Operate(t.Context(), backend.AdminRequest{WeakDigests: true})
		if err != nil {
			t.Fatal(err)
		}
		var got backend.WeakDigests
		if err := json.Unmarshal(answer, &got); err != nil || got != row.want {
			t.Errorf("after wrap %q: %+v (%v), want %+v", row.wrap, got, err, row.want)
		}
	}
}

// TestImportJobNeedsRights: a stranger may not.
func TestImportJobNeedsRights(t *testing.T) {
	i := newImporting(t)
	res := i.app.Dispatch(t.Context(), &api.Request{Controller: "import", Action: "create"})
	if res.Status != 401 {
		t.Errorf("got %d, want 401", res.Status)
	}
}
