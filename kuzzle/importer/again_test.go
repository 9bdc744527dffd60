package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// members of a loadSecurities file, of which each names the one before it; the
// users are so many.
func members(users int) map[string]string {
	var all strings.Builder
	for i := range users {
		fmt.Fprintf(&all, `"user%d":{"content":{"profileIds":["readers"]}},`, i)
	}
	return map[string]string{
		"roles":    `"roles":{"reader":{"controllers":{"auth":{"actions":{"*":true}}}}}`,
		"profiles": `"profiles":{"readers":{"policies":[{"roleId":"reader"}]}}`,
		"users":    `"users":{` + strings.TrimSuffix(all.String(), ",") + `}`,
		"other":    `"other":[{"users":{"no":1}},"}"]`,
	}
}

func inOrder(users int, names ...string) string {
	all := members(users)
	var list []string
	for _, name := range names {
		list = append(list, all[name])
	}
	return "{" + strings.Join(list, ",\n") + "}"
}

// stream hides that a reader can be read again.
type stream struct{ io.Reader }

// beyondHead do not fit into what is looked at of a file.
const beyondHead = 3000

// TestRightsFirst: in whatever order a file has its members, and whether it can
// be read twice or not, one run brings all of it in.
func TestRightsFirst(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("TMPDIR", folder)
	note := strings.Repeat("x", 200)
	for _, names := range []string{"roles profiles users", "users profiles roles", "users other roles profiles", "profiles roles users", "other profiles users roles", "roles users profiles other"} {
		for _, users := range []int{2, beyondHead / 5} {
			// Fewer are as long as beyondHead.
			text := strings.ReplaceAll(inOrder(users, strings.Fields(names)...), `{"content":{`, `{"content":{"note":"`+note+`",`)
			for kind, from := range map[string]io.Reader{
				"file":   strings.NewReader(text),
				"stream": stream{strings.NewReader(text)},
				"gzip":   stream{strings.NewReader(gzipped(text))},
			} {
				t.Run(fmt.Sprint(names, users, kind), func(t *testing.T) {
					b := newBench(t, t.TempDir())
					var report bytes.Buffer
					var bytesRead []int64
					run := importer.Run{From: from, Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(&report)}
					run.Progress = func(p importer.Progress) { bytesRead = append(bytesRead, p.Bytes) }
					p, err := run.Do(t.Context())
					want := importer.Counts{Rows: int64(users) + 2, Created: int64(users) + 2}
					if diff := cmp.Diff(want, p.Counts); diff != "" || err != nil || p.Remarks != nil {
						t.Errorf("%v, %q, counts (-want +got):\n%s\n%.500s", err, p.Remarks, diff, report.String())
					}
					if last := bytesRead[len(bytesRead)-1]; kind != "gzip" && last != int64(len(text)) {
						t.Errorf("got %d bytes read at the end, want those of the file, %d", last, len(text))
					}
				})
			}
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("temporary files are left: %v, %v", left, err)
	}
}

// TestRightsLate: of a stream that is too long to be kept, the users before their
// profile are refused, which is said, and a second run brings them in.
func TestRightsLate(t *testing.T) {
	b := newBench(t, t.TempDir())
	text := inOrder(beyondHead, "users", "roles", "profiles")
	for _, want := range []importer.Counts{
		{Rows: beyondHead + 2, Created: 2, Failed: beyondHead},
		{Rows: beyondHead + 2, Created: beyondHead, Unchanged: 2},
	} {
		run := importer.Run{From: stream{strings.NewReader(text)}, Spool: 100 << 10, Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(new(bytes.Buffer))}
		p, err := run.Do(t.Context())
		if diff := cmp.Diff(want, p.Counts); diff != "" || err != nil {
			t.Errorf("%v, counts (-want +got):\n%s", err, diff)
		}
		if len(p.Remarks) != 1 || !strings.Contains(p.Remarks[0], "run the import again") {
			t.Errorf("got the remarks %q, want what to do", p.Remarks)
		}
	}
}

// TestRightsCutShort: what stands before the place where a file breaks off comes
// in as it stands there.
func TestRightsCutShort(t *testing.T) {
	b := newBench(t, t.TempDir())
	text := inOrder(beyondHead, "roles", "profiles", "users")
	run := importer.Run{From: strings.NewReader(text[:len(text)/2]), Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(new(bytes.Buffer))}
	p, err := run.Do(t.Context())
	if !errors.Is(err, importer.ErrFile) || p.Created < beyondHead/3 {
		t.Errorf("got %v and %d created, want an error about the file after about half of it", err, p.Created)
	}
}

// TestRightsResume: an interrupted run of a file that is read in another order is
// taken up in that order, and in no other.
func TestRightsResume(t *testing.T) {
	b := newBench(t, t.TempDir())
	text := inOrder(beyondHead, "users", "profiles", "roles")
	name := filepath.Join(t.TempDir(), "checkpoint")
	stop := errors.New("stop")
	batches := 0
	run := importer.Run{
		From: strings.NewReader(text), Checkpoint: name, Report: importer.NewReport(new(bytes.Buffer)),
		Sink: importer.Serially(func(ctx context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
			if batches++; batches > 3 {
				return nil, stop
			}
			return importer.Into(b.Accounts, operator)(ctx, how, rows)()
		}),
	}
	if _, err := run.Do(t.Context()); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	left, err := importer.LoadCheckpoint(name)
	if err != nil {
		t.Fatal(err)
	}
	run.Sink, run.Resume = importer.Into(b.Accounts, operator), left
	run.From, run.Spool = stream{strings.NewReader(text)}, 100<<10
	if _, err := run.Do(t.Context()); !errors.Is(err, importer.ErrOtherRun) {
		t.Errorf("as a stream that is too long to be put in order: got %v, want ErrOtherRun", err)
	}
	run.From, run.Spool = stream{strings.NewReader(text)}, 0
	p, err := run.Do(t.Context())
	if diff := cmp.Diff(importer.Counts{Rows: beyondHead + 2, Created: beyondHead + 2}, p.Counts); diff != "" || err != nil {
		t.Errorf("%v, counts (-want +got):\n%s", err, diff)
	}
}

// TestRightsDryRun: what a dry run would make counts for the users before it.
func TestRightsDryRun(t *testing.T) {
	b := newBench(t, t.TempDir())
	counts, lines := b.bringAs(t, operator, inOrder(2, "users", "profiles", "roles"), importer.Options{DryRun: true})
	if diff := cmp.Diff(importer.Counts{Rows: 4, Created: 4}, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s\n%v", diff, lines)
	}
	if !json.Valid([]byte(inOrder(1, "users", "other"))) {
		t.Error("the files of these tests are no JSON")
	}
}
