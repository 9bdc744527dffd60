package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// brief is what a run comes to: its counts, and the rows left out with the field
// that they failed by; where several names are taken either may be told.
func (b *bench) brief(t *testing.T, text string, o importer.Options) string {
	t.Helper()
	counts, lines := b.bringAs(t, operator, text, o)
	var out strings.Builder
	fmt.Fprintf(&out, "%+v\n", counts)
	for _, l := range lines {
		if l.Field != importer.KeyID {
			l.Field = "a name"
		}
		fmt.Fprintf(&out, "row %d: %s\n", l.Row, l.Field)
	}
	return out.String()
}

// TestDryRunTellsTheTruth: whatever rows of a file want of each other, and of who
// is here already, a dry run says what the run then does.
func TestDryRunTellsTheTruth(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(names ...string) string { return names[random.IntN(len(names))] }
	file := func(rows int) string {
		var text strings.Builder
		text.WriteString("id,username,email,email_verified,town\n")
		for range rows {
			fmt.Fprintf(&text, "%s,%s,%s,true,%s\n", pick("1", "2", "3", "4", ""), pick("ann", "ANN", "bob", "cy", ""),
				pick("ann@example.com", "Ann@Example.com", "bob@example.com", ""), pick("Ulm", "Bonn"))
		}
		return text.String()
	}
	for n := range 48 {
		o := importer.Options{
			OnConflict: imports.Conflict(pick("fail", "skip", "merge")),
			Key:        pick(importer.KeyID, importer.KeyUsername, importer.KeyEmail), IDAs: pick(importer.External, importer.Kuid),
			Map: map[string]string{"town": "content.town"}, Source: "rows",
		}
		t.Run(fmt.Sprintf("%d %s %s %s", n, o.OnConflict, o.Key, o.IDAs), func(t *testing.T) {
			b := newBench(t, t.TempDir())
			b.brief(t, file(n%4), o)
			text := file(8)
			o.DryRun = true
			dry := b.brief(t, text, o)
			o.DryRun = false
			if diff := cmp.Diff(b.brief(t, text, o), dry); diff != "" {
				t.Errorf("the run (-) and the dry run (+) of\n%s\n%s", text, diff)
			}
		})
	}
}

// TestDryRunOfCredentials: where a merge gives names, they count from then on.
func TestDryRunOfCredentials(t *testing.T) {
	const before = `{"_id":"1","username":"ann"}
{"_id":"9","username":"zoe"}
`
	for _, row := range []struct{ name, text string }{
		{"a name that was given by a merge", `{"_id":"1","username":"ann","phone":"+491701234567"}
{"_id":"9","username":"zoe","phone":"+491701234567"}`},
		{"a name that is somebody's already", `{"_id":"1","username":"zoe"}`},
		{"a name that an earlier row takes", `{"_id":"2","username":"bob"}
{"_id":"1","username":"bob"}`},
		{"two merges, and the second again", `{"_id":"1","username":"ann","town":"Ulm"}
{"_id":"1","username":"ann","town":"Bonn"}
{"_id":"1","username":"ann","town":"Bonn"}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			o := importer.Options{Map: map[string]string{"_id": "id"}, Source: "rows"}
			b.brief(t, before, o)
			o.OnConflict, o.MergeCredentials, o.DryRun = imports.ConflictMerge, true, true
			dry := b.brief(t, row.text, o)
			o.DryRun = false
			if diff := cmp.Diff(b.brief(t, row.text, o), dry); diff != "" {
				t.Errorf("the run (-) and the dry run (+):\n%s", diff)
			}
		})
	}
}

// TestDryRunIsBounded: rows are compared over batches, as many as are remembered,
// and that it is no more is said. What an operator's socket carries is enough.
func TestDryRunIsBounded(t *testing.T) {
	const rows = 2*imports.MaxImportRows + 100
	var text strings.Builder
	text.WriteString("id,username\n")
	for i := range rows {
		fmt.Fprintf(&text, "%d,u%d\n", i, i)
	}
	fmt.Fprintf(&text, "a,u7\nb,u%d\n", rows-1)
	for _, row := range []struct {
		name       string
		tried      int
		failed     int64
		remarks    int
		serialised bool
	}{
		{"all", 0, 2, 0, false},
		{"all, through a socket", 0, 2, 0, true},
		{"the first only", 3000, 1, 1, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			var report bytes.Buffer
			run := importer.Run{
				From: strings.NewReader(text.String()), Options: importer.Options{DryRun: true}, DryRunNames: row.tried,
				Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(&report),
			}
			if row.serialised {
				run.Sink = overWire(t, b)
			}
			p, err := run.Do(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if p.Failed != row.failed || p.Created != rows+2-row.failed || len(p.Remarks) != row.remarks {
				t.Errorf("got %+v, %q; want %d failed and %d remarks", p.Counts, p.Remarks, row.failed, row.remarks)
			}
		})
	}
}

// overWire is a sink that keeps nothing between batches and answers in JSON, as
// one behind a socket does.
func overWire(t *testing.T, b *bench) importer.Sink {
	return importer.Serially(func(ctx context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
		outcomes, err := importer.Into(b.Accounts, operator)(ctx, how, rows)()
		if err != nil {
			return nil, err
		}
		answer, err := json.Marshal(outcomes)
		if err != nil {
			t.Error(err)
		}
		outcomes = nil
		err = json.Unmarshal(answer, &outcomes)
		return outcomes, err
	})
}
