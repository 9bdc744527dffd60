package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// FuzzRead: whatever a file holds, reading it ends, every row is either handed
// on or reported, in order, and what is handed on can be sent.
func FuzzRead(f *testing.F) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil {
		f.Fatal(err)
	}
	more, err := filepath.Glob("testdata/systems/*.*son")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range append(files, more...) {
		if text, err := os.ReadFile(name); err == nil && filepath.Ext(name) != ".py" {
			f.Add(text, "")
		}
	}
	f.Add([]byte("{\"users\":[{\"localId\":1},"), "firebase")
	f.Add([]byte("dn: x\n  y\nmail:: ?\n\n"), "ldif")
	f.Add([]byte("{\"users\":{\"a\":{}}}"), "kuzzle")
	f.Add([]byte("{\"users\":{\"a\":{}},\"x\":[{}],\"profiles\":{\"p\":{}},\"roles\":{\"r\":{}},\"users\":{\"b\":1}}"), "")
	f.Add([]byte(gzipped(gzipped(oneUser))), "")
	f.Add([]byte(gzipped("{\"users\":{\"a\":{}},\"roles\":{\"r\":{}}}")), "kuzzle")
	f.Fuzz(func(t *testing.T, text []byte, format string) {
		seeRun(t, importer.Run{From: bytes.NewReader(text), Options: importer.Options{Format: format}})
	})
}

// seeRun sees that every row of a run is either handed on or reported.
func seeRun(t *testing.T, run importer.Run) {
	t.Helper()
	var report bytes.Buffer
	handed := int64(0)
	run.Report = importer.NewReport(&report)
	run.Sink = importer.Serially(func(_ context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
		if how.DryRun == run.Options.DryRun { // else whose numbers they are is asked
			handed += int64(rows.Len())
		}
		if _, err := json.Marshal(rows); err != nil {
			t.Errorf("a row cannot be sent: %v", err)
		}
		outcomes := make([]importer.Outcome, rows.Len())
		for i := range outcomes {
			outcomes[i].Status = imports.RowCreated
		}
		return outcomes, nil
	})
	p, err := run.Do(t.Context())
	var option *importer.OptionError
	if err != nil && !errors.Is(err, importer.ErrFile) && !errors.As(err, &option) {
		t.Errorf("got the error %v, want one about the file", err)
	}
	if p.Rows != p.Created+p.Skipped+p.Failed || p.Created != handed {
		t.Errorf("%d rows became %+v, %d handed on", p.Rows, p.Counts, handed)
	}
	want := p.Skipped + p.Failed + p.FieldsLeft
	if err == nil {
		want += int64(len(p.Unknown))
	}
	if got := int64(bytes.Count(report.Bytes(), []byte("\n"))); got != want {
		t.Errorf("got %d lines of report for %+v", got, p.Counts)
	}
}
