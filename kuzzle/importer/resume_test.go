package importer_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch"
	"github.com/gokuzzle/kuzzle/kuzzle/storage/elasticsearch/estest"
)

// childFolder names the variable that makes the test program import a file and
// end: it is what is killed.
const childFolder = "KUZZLE_TEST_IMPORT"

// batchDone is the line that the program prints at its beginning and after every batch.
const batchDone = "batch"

// resumeRows is so many rows, or KUZZLE_LONG_ROWS.
func resumeRows(t testing.TB, usual int) int {
	text := os.Getenv("KUZZLE_LONG_ROWS")
	if text == "" {
		return usual
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// writeRows makes a file of users with bcrypt digests; every 1,000th is refused.
func writeRows(t testing.TB, name string, n int) {
	t.Helper()
	var out bytes.Buffer
	out.WriteString("id,username,email,first_name,password_digest,password_hasher\n")
	for i := range n {
		hasher := "bcrypt"
		if i%1000 == 999 {
			hasher = "nonsense"
		}
		fmt.Fprintf(&out, "u%d,user%d,user%d@example.com,Name %d,$2b$04$n66G/MusZA76joLrxpMlx.73CjSP4xKXJiWNjYMixwA8Q5bAFj9SG,%s\n", i, i, i, i, hasher)
	}
	if err := os.WriteFile(name, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

// importAsChild takes an import up where it was killed, if it was.
func importAsChild(dir string) int {
	ended := func() error {
		t := &childT{}
		defer t.end()
		b := killedBench(t, dir)
		file, err := os.Open(filepath.Join(dir, "users.csv"))
		if err != nil {
			return err
		}
		defer file.Close()
		run := importer.Run{From: file, Sink: importer.Into(b.Accounts, admin), Checkpoint: filepath.Join(dir, "checkpoint")}
		keep := int64(0)
		if run.Resume, err = importer.LoadCheckpoint(run.Checkpoint); err != nil {
			return err
		}
		if run.Resume != nil {
			keep = run.Resume.Report
		}
		if run.Report, err = importer.OpenReport(filepath.Join(dir, "report"), keep); err != nil {
			return err
		}
		run.Progress = func(importer.Progress) { fmt.Println(batchDone) }
		p, err := run.Do(context.Background())
		fmt.Printf("%d %d %d\n", p.Rows, p.OK(), p.Failed)
		return errors.Join(err, run.Report.Close())
	}()
	if ended != nil {
		fmt.Fprintln(os.Stderr, ended)
		return 1
	}
	return 0
}

// childT is as much of a test as a bench needs where there is none.
type childT struct {
	testing.TB
	cleanups []func()
}

func (*childT) Helper()                  {}
func (*childT) Context() context.Context { return context.Background() }
func (*childT) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }
func (c *childT) Cleanup(f func())       { c.cleanups = append(c.cleanups, f) }
func (c *childT) end() {
	for _, f := range c.cleanups {
		f()
	}
}

// clusterPrefix names the variable with the prefix of the indexes to import
// into, where that is a cluster.
const clusterPrefix = "KUZZLE_TEST_IMPORT_PREFIX"

// killedBench is the domain that the killed program writes.
func killedBench(t testing.TB, dir string) *bench {
	t.Helper()
	prefix := os.Getenv(clusterPrefix)
	if prefix == "" {
		return newBench(t, filepath.Join(dir, "data"))
	}
	store, err := elasticsearch.Open(t.Context(), elasticsearch.Options{
		Addresses: strings.Split(os.Getenv(estest.Environment), ","), Prefix: prefix, RepairWithin: -1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return newBenchOn(t, store, prefix)
}

// TestKilled: an import that is killed again and again, and taken up, ends with
// exactly the rows of the file, and with each refusal reported once.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	n := resumeRows(t, 10_000)
	killUntilDone(t, dir, n)
	checkRows(t, newBench(t, filepath.Join(dir, "data")), n)
}

// killUntilDone imports n rows by a program that is killed at once, and then a moment after
// one of its next batches, until it ends by itself.
func killUntilDone(t *testing.T, dir string, n int, env ...string) {
	t.Helper()
	writeRows(t, filepath.Join(dir, "users.csv"), n)
	most := max(2, n/imports.MaxImportRows/5)
	last, done := killAfter(t, dir, 0, env)
	if done {
		t.Error("it ended before it was ever killed")
	}
	kills := 0
	for ; !done; kills++ {
		last, done = killAfter(t, dir, 1+rand.N(most), env)
	}
	if want := fmt.Sprintf("%d %d %d", n, n-n/1000, n/1000); last != want {
		t.Errorf("got rows, ok and failed %q, want %q", last, want)
	}
	report, err := os.ReadFile(filepath.Join(dir, "report"))
	if err != nil {
		t.Fatal(err)
	}
	if got := bytes.Count(report, []byte("\n")); got != n/1000 {
		t.Errorf("got %d lines of report, want %d", got, n/1000)
	}
	t.Logf("killed %d times", kills)
}

// killAfter has a program go on with the import, and kills it a moment after so many
// batches, or as soon as it has begun. It returns the program's last line and reports whether
// the program ended by itself.
func killAfter(t *testing.T, dir string, batches int, env []string) (last string, done bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(append(os.Environ(), childFolder+"="+dir), env...)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var errs bytes.Buffer
	child.Stderr = &errs
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines, from := bufio.NewScanner(out), time.Now()
	for lines.Scan() {
		if last = lines.Text(); last != batchDone {
			continue
		}
		if batches--; batches < 0 {
			_ = child.Process.Kill()
		} else if batches == 0 {
			killer := time.AfterFunc(rand.N(time.Since(from)), func() { _ = child.Process.Kill() })
			defer killer.Stop()
		}
		from = time.Now()
	}
	switch err := child.Wait(); {
	case err == nil:
		return last, true
	case child.ProcessState.Exited():
		t.Fatalf("the import failed: %s", errs.String())
	}
	return "", false
}

// checkRows holds what is there against the file.
func checkRows(t *testing.T, b *bench, n int) {
	t.Helper()
	if got, want := b.users(), int64(n-n/1000); got != want {
		t.Errorf("got %d users, want %d", got, want)
	}
	var missing atomic.Int64
	var all sync.WaitGroup
	for w := range lookers {
		all.Go(func() {
			for i := w; i < n; i += lookers {
				_, err := b.Credentials.CredentialsByID(t.Context(), fmt.Sprintf("user%d", i), "digest-import")
				if (err == nil) != (i%1000 != 999) {
					missing.Add(1)
				}
			}
		})
	}
	all.Wait()
	if n := missing.Load(); n > 0 {
		t.Errorf("%d users are missing or too many", n)
	}
}

// lookers is how many look for users at once.
const lookers = 8

// TestResumeAsks: a checkpoint is of one file and of one set of options.
func TestResumeAsks(t *testing.T) {
	b := newBench(t, t.TempDir())
	name := filepath.Join(t.TempDir(), "checkpoint")
	stop := errors.New("stop")
	calls := 0
	run := importer.Run{
		From: strings.NewReader(manyRows(5000)), Checkpoint: name, Report: importer.NewReport(new(bytes.Buffer)),
		Sink: importer.Serially(func(ctx context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
			if !how.DryRun { // else whose numbers they are is asked
				calls++
			}
			if calls > 1 {
				return nil, stop
			}
			return importer.Into(b.Accounts, admin)(ctx, how, rows)()
		}),
	}
	if _, err := run.Do(t.Context()); !errors.Is(err, stop) {
		t.Fatal(err)
	}
	left, err := importer.LoadCheckpoint(name)
	if err != nil || left == nil || left.Counts.Created != imports.MaxImportRows {
		t.Fatalf("got %+v, %v, want a checkpoint after one batch", left, err)
	}
	for _, other := range []importer.Run{
		{From: strings.NewReader("id,username\n1,x\n")},
		{From: strings.NewReader(manyRows(5000)), Options: importer.Options{Profiles: []string{"admin"}}},
	} {
		other.Resume, other.Report, other.Sink = left, importer.NewReport(new(bytes.Buffer)), importer.Into(b.Accounts, admin)
		if _, err := other.Do(t.Context()); !errors.Is(err, importer.ErrOtherRun) {
			t.Errorf("got %v, want ErrOtherRun", err)
		}
	}
	run.From, run.Resume, run.Sink = strings.NewReader(manyRows(5000)), left, importer.Into(b.Accounts, admin)
	p, err := run.Do(t.Context())
	if diff := cmp.Diff(importer.Counts{Rows: 5000, Created: 5000}, p.Counts); diff != "" || err != nil {
		t.Errorf("resumed: %v, counts (-want +got):\n%s", err, diff)
	}
	if left, _ = importer.LoadCheckpoint(name); left != nil {
		t.Error("a checkpoint outlived its run")
	}
}

// TestResumeChanged: a run is not taken up where the rows that were done have changed, though the
// beginning of the file is the same. A run with more rows than before goes on.
func TestResumeChanged(t *testing.T) {
	const rows = 3000
	users := strings.ReplaceAll(manyRows(rows), "user", strings.Repeat("long", 10)+"user")
	stop := errors.New("stop")
	for name, c := range map[string]struct {
		file string
		want error
	}{
		"the same":                  {users, nil},
		"with a row less":           {strings.Replace(users, "\n1900,", "\n9900,", 1), importer.ErrOtherRun},
		"with a user less":          {users[:strings.Index(users, "\n1900,")] + users[strings.Index(users, "\n1901,"):], importer.ErrOtherRun},
		"shorter than what is done": {users[:strings.Index(users, "1900,")], importer.ErrOtherRun},
		"changed behind":            {strings.Replace(users, "\n2900,", "\n9900,", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			checkpoint := filepath.Join(t.TempDir(), "checkpoint")
			into, done := importer.Into(b.Accounts, admin), false
			run := importer.Run{From: strings.NewReader(users), Checkpoint: checkpoint, Report: importer.NewReport(io.Discard)}
			run.Sink = importer.Serially(func(ctx context.Context, how imports.Import, rows importer.Batch) ([]importer.Outcome, error) {
				if done {
					return nil, stop
				}
				done = !how.DryRun
				return into(ctx, how, rows)()
			})
			if _, err := run.Do(t.Context()); !errors.Is(err, stop) {
				t.Fatal(err)
			}
			var err error
			if run.Resume, err = importer.LoadCheckpoint(checkpoint); err != nil {
				t.Fatal(err)
			}
			run.From, run.Sink = strings.NewReader(c.file), into
			p, err := run.Do(t.Context())
			if !errors.Is(err, c.want) || (c.want == nil) != (p.Created == rows && b.users() == rows) || c.want != nil && b.users() != imports.MaxImportRows {
				t.Errorf("%v, %+v, %d users", err, p.Counts, b.users())
			}
		})
	}
}

// TestResumeElsewhere: a run is not taken up in a store without its users, where its first rows
// would be missing and still count as created.
func TestResumeElsewhere(t *testing.T) {
	b := newBench(t, t.TempDir())
	file := manyRows(imports.MaxImportRows+1000) + "x,\n" // the last user has no name
	var left []*importer.Checkpoint
	run := importer.Run{From: strings.NewReader(file), Sink: importer.Into(b.Accounts, admin), Checkpoint: filepath.Join(t.TempDir(), "checkpoint"), Report: importer.NewReport(io.Discard)}
	run.Progress = func(p importer.Progress) {
		if mark, err := importer.LoadCheckpoint(run.Checkpoint); err != nil {
			t.Error(err)
		} else if mark != nil {
			left = append(left, mark)
		}
	}
	if _, err := run.Do(t.Context()); err != nil || len(left) < 2 {
		t.Fatal(err, len(left))
	}
	run.Progress = nil
	for _, mark := range left {
		for name, to := range map[string]*bench{"another": newBench(t, t.TempDir()), "the same": b} {
			run.From, run.Sink, run.Resume = strings.NewReader(file), importer.Into(to.Accounts, admin), mark
			if p, err := run.Do(t.Context()); (to == b) != (err == nil) || to != b && (!errors.Is(err, importer.ErrElsewhere) || to.users() != 0 || p.Rows != 0) {
				t.Errorf("%s store, after %d rows: %v, %d users, %+v", name, mark.Counts.Rows, err, to.users(), p.Counts)
			}
		}
	}
}

func manyRows(n int) string {
	var out strings.Builder
	out.WriteString("id,username\n")
	for i := range n {
		fmt.Fprintf(&out, "%d,user%d\n", i, i)
	}
	return out.String()
}

// fullBatches are rows enough for every batch on the way to be full.
const fullBatches = 10_000

// TestMemory: ever so many rows take no more memory than a few.
func TestMemory(t *testing.T) {
	few := max(resumeRows(t, 0)/100, fullBatches)
	flat(t, few, max(resumeRows(t, 0), 3*few), func(t testing.TB) *bench { return newBench(t, t.TempDir()) })
}

// flat compares what the imports of few and of many rows take. Few rows are
// imported as often as gives as many looks at the memory. How many batches are
// under way at a look is a matter of timing, up to one more or less: so what they
// see on average is held to the bar, and the worst look to that one.
func flat(t *testing.T, few, many int, open func(testing.TB) *bench) {
	t.Helper()
	var small, large []uint64
	for range many / few {
		t.Run("few", func(t *testing.T) { small = append(small, looks(t, open(t), few)...) })
	}
	t.Run("many", func(t *testing.T) { large = looks(t, open(t), many) })
	for _, c := range []struct {
		what      string
		few, many uint64
		allowed   float64
	}{
		{"on average", mean(small), mean(large), 1.2},
		{"at most", slices.Max(small), slices.Max(large), 1.5},
	} {
		t.Logf("%s %d rows: %d KiB; %d rows: %d KiB", c.what, few, c.few>>10, many, c.many>>10)
		if float64(c.many) > c.allowed*float64(c.few) {
			t.Errorf("%d rows take more memory %s than %d do: %d and %d KiB", many, c.what, few, c.many>>10, c.few>>10)
		}
	}
}

func mean(of []uint64) (all uint64) {
	for _, one := range of {
		all += one
	}
	return all / uint64(len(of))
}

// looks are the memory in use after each batch of an import that has others
// before and behind it, in bytes.
func looks(t *testing.T, b *bench, rows int) (found []uint64) {
	t.Helper()
	run := importer.Run{From: generated(rows), Sink: importer.Into(b.Accounts, admin), Report: importer.NewReport(new(bytes.Buffer))}
	run.Progress = func(importer.Progress) {
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		found = append(found, now.HeapAlloc)
	}
	p, err := run.Do(t.Context())
	if err != nil || p.Created != int64(rows) {
		t.Fatal(p, err)
	}
	return found[1 : len(found)-2]
}

// generated is a file that is made while it is read.
func generated(rows int) io.Reader { return &rowMaker{rows: rows, buf: []byte("id,username\n")} }

type rowMaker struct {
	rows, at int
	buf      []byte
}

func (m *rowMaker) Read(p []byte) (int, error) {
	for len(m.buf) < len(p) && m.at < m.rows {
		m.buf = fmt.Appendf(m.buf, "%d,user%d\n", m.at, m.at)
		m.at++
	}
	n := copy(p, m.buf)
	if m.buf = m.buf[n:]; n == 0 {
		return 0, io.EOF
	}
	return n, nil
}
