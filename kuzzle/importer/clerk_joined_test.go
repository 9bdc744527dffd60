package importer_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/organizations"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// clerkFiles are what whoever leaves Clerk has.
var clerkFiles = []string{
	"clerk-export.csv", "clerk-users-1.json", "clerk-users-2.json", "clerk-organizations.json", "clerk-memberships.ndjson", "clerk-invitations.json",
}

// joinFiles imports files of these names and texts together.
func (b *bench) joinFiles(t testing.TB, names []string, texts map[string][]byte, o importer.Options) (importer.Progress, string, error) {
	t.Helper()
	var files []importer.File
	for _, name := range names {
		files = append(files, importer.File{Name: name, From: io.NopCloser(bytes.NewReader(texts[name]))})
	}
	source, err := importer.JoinClerk(t.Context(), files, o, 0)
	if err != nil {
		return importer.Progress{}, "", err
	}
	var report bytes.Buffer
	run := importer.Run{Source: source, Options: o, Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(&report)}
	p, err := run.Do(t.Context())
	if closed := run.Report.Close(); closed != nil {
		t.Error(closed)
	}
	return p, report.String(), err
}

func clerkTexts(t testing.TB) map[string][]byte {
	t.Helper()
	texts := map[string][]byte{}
	for _, name := range clerkFiles {
		texts[name] = testdata(t, name)
	}
	return texts
}

// joinedReport are the lines of what is not imported of the files.
const joinedReport = `{"row":11,"of":"orgmem_3","field":"security.user.not_found","reason":"The user \"clerk:user_gone\" does not exist."}
{"row":12,"of":"orginv_accepted","field":"organizations.invitation.not_pending","reason":"The invitation \"orginv_accepted\" is accepted."}
`

// TestJoined brings in what leaves Clerk as several files, in any order: the table's
// secrets and what the API tells make one user, under the id from there.
func TestJoined(t *testing.T) {
	for name, open := range map[string]func() *bench{
		"sqlite": func() *bench { return newBench(t, t.TempDir()) }, "elasticsearch": func() *bench { return newCluster(t) },
	} {
		t.Run(name, func(t *testing.T) {
			b := open()
			texts := clerkTexts(t)
			dry, report, err := b.joinFiles(t, clerkFiles, texts, importer.Options{DryRun: true})
			want := importer.Counts{Rows: 13, Created: 11, Skipped: 1, Failed: 1}
			if diff := cmp.Diff(want, dry.Counts); diff != "" || err != nil || report != joinedReport {
				t.Errorf("tried: %v, counts (-want +got):\n%s\n%s", err, diff, report)
			}
			order := slices.Clone(clerkFiles)
			rand.Shuffle(len(order), func(i, k int) { order[i], order[k] = order[k], order[i] })
			p, report, err := b.joinFiles(t, order, texts, importer.Options{})
			if diff := cmp.Diff(want, p.Counts); diff != "" || err != nil || report != joinedReport {
				t.Fatalf("%v: %v, counts (-want +got):\n%s\n%s", order, err, diff, report)
			}
			if diff := cmp.Diff(p.Lacks, dry.Lacks); diff != "" {
				t.Errorf("a dry run tells other lacks (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(map[string]int64{
				"address in the table (Clerk's API does not list it)":                  1,
				"backup codes (Clerk does not export them)":                            1,
				"digest in the table (Clerk's API says that the user has no password)": 1,
				"passkeys": 1,
				"password (the files have no digest of it)":                                     1,
				"picture (content.picture has its address at Clerk)":                            1,
				"role org:billing in an organization (imported as org:member)":                  1,
				"secret in the table (Clerk's API says that the user has no authenticator app)": 1,
			}, p.Left); diff != "" {
				t.Errorf("left (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]string{
				"users joined: 3 in the table and the API, 1 only in the table, 1 only in the API",
				"repeated records: 1; of each, the one that was changed last was taken, or else the last one",
			}, p.Remarks); diff != "" {
				t.Errorf("remarks (-want +got):\n%s", diff)
			}
			b.seeJoined(t)
			for _, dry := range []bool{true, false} {
				again, _, err := b.joinFiles(t, clerkFiles, texts, importer.Options{DryRun: dry})
				want := importer.Counts{Rows: 13, Unchanged: 11, Skipped: 1, Failed: 1}
				if diff := cmp.Diff(want, again.Counts); diff != "" || err != nil {
					t.Errorf("again: %v, counts (-want +got):\n%s", err, diff)
				}
			}
			b.seeJoined(t)
		})
	}
}

// TestJoinedStrangers adds a column to the table and members to users of the API: they are told
// before anything is written and in the report, and are kept where that is asked for.
func TestJoinedStrangers(t *testing.T) {
	texts := clerkTexts(t)
	table := bytes.Split(bytes.TrimSpace(texts["clerk-export.csv"]), []byte("\n"))
	for i := range table {
		table[i] = append(bytes.Clone(table[i]), [][]byte{[]byte(",shoe"), []byte(",43")}[min(i, 1)]...)
	}
	texts["clerk-export.csv"] = bytes.Join(table, []byte("\n"))
	texts["clerk-users-1.json"] = bytes.ReplaceAll(texts["clerk-users-1.json"], []byte(`"object": "user"`), []byte(`"object": "user", "hat": "blue"`))
	no := errors.New("no")
	for _, keep := range []string{"", "private"} {
		b := newBench(t, t.TempDir())
		open := func() *importer.Source {
			var files []importer.File
			for _, name := range clerkFiles {
				files = append(files, importer.File{Name: name, From: bytes.NewReader(texts[name])})
			}
			source, err := importer.JoinClerk(t.Context(), files, importer.Options{Keep: keep}, 0)
			if err != nil {
				t.Fatal(err)
			}
			return source
		}
		var asked []importer.Outlook
		run := importer.Run{Options: importer.Options{Keep: keep}, Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(io.Discard), Source: open()}
		run.Confirm = func(seen importer.Outlook) error { asked = append(asked, seen); return no }
		if _, err := run.Do(t.Context()); (keep == "") != errors.Is(err, no) || (keep == "") != (b.users() == 0) {
			t.Fatalf("keep %q: %v, %d users", keep, err, b.users())
		}
		if keep != "" {
			if out := string(export(t, b, true)); len(asked) > 0 || strings.Count(out, `"shoe":"43"`) != len(table)-1 || !strings.Contains(out, `"hat":"blue"`) {
				t.Errorf("asked %d times, kept:\n%s", len(asked), out)
			}
			continue
		}
		if len(asked) != 1 || len(asked[0].Unknown) != 2 {
			t.Errorf("asked about %+v", asked)
		}
		p, report, err := b.joinFiles(t, clerkFiles, texts, importer.Options{})
		if err != nil || p.Unknown["shoe"] != int64(len(table)-1) || p.Unknown["hat"] == 0 || !strings.Contains(report, `"field":"shoe"`) || !strings.Contains(report, `"field":"hat"`) {
			t.Errorf("%v, unknown %v\n%s", err, p.Unknown, report)
		}
	}
}

// seeJoined looks at what came in.
func (b *bench) seeJoined(t *testing.T) {
	t.Helper()
	for _, l := range expectedLogins(t)["clerk-export.csv"] {
		if err := b.login(t, l.Name, l.Password); err != nil {
			t.Errorf("login of %s: %v", l.Name, err)
		}
	}
	alice, err := b.Users.Read(t.Context(), "user_2aLice")
	if err != nil {
		t.Fatal(err)
	}
	no, three := false, 3
	if diff := cmp.Diff(users.Details{
		ExternalID: "app-1", FirstName: "Alice", LastName: "Ames", Locale: "en-GB", LegalAcceptedAt: 1650000000000, DeleteSelf: &no,
		CreateOrganizations: alice.Detailed().CreateOrganizations, OrganizationsLimit: &three, FactorsAt: alice.Detailed().FactorsAt,
	}, alice.Detailed()); diff != "" {
		t.Errorf("details (-want +got):\n%s", diff)
	}
	type contact struct {
		Value                       string
		Verified, Reserved, Primary bool
	}
	var has []contact
	for i := range alice.Contacts {
		c := &alice.Contacts[i]
		has = append(has, contact{c.Value, c.Verified(), c.Reserved, c.Primary})
	}
	if diff := cmp.Diff([]contact{
		{"alice@example.com", true, false, true}, {"a.ames@example.com", true, false, false}, {"new@example.com", false, false, false},
		{"kept@example.com", false, true, false}, {"+12015550101", true, false, true}, {"0x52908400098527886E0F7030069857D2E4169EE7", true, false, true},
	}, has); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{`{"plan":"pro"}`, `{"crm":7}`, `{"theme":"dark"}`}, []string{
		string(alice.Metadata.Of(users.PublicMetadata)), string(alice.Metadata.Of(users.PrivateMetadata)), string(alice.Metadata.Of(users.UnsafeMetadata)),
	}); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if text, err := json.Marshal(b.exported(t, "user_2aLice")); err != nil || !bytes.Contains(text, []byte("JBSWY3DPEHPK3PXP")) {
		t.Errorf("the authenticator app stayed behind, %v: %s", err, text)
	}
	bob, err := b.Users.Read(t.Context(), "user_2bOb")
	if err != nil || len(bob.Contacts) != 1 {
		t.Errorf("Bob is %+v, %v, want the state that was changed last", bob, err)
	}
	if dave, err := b.Users.Read(t.Context(), "user_2dAve"); err != nil || dave.Standing.LockedAt == 0 {
		t.Errorf("Dave is %+v, %v, want him locked", dave, err)
	}
	if err := b.login(t, "erin@example.com", expectedLogins(t)["clerk-export.csv"][0].Password); err == nil {
		t.Error("a password that Clerk's API says is gone is taken")
	}
	acme, err := b.Organizations.Find(t.Context(), "acme")
	if err != nil {
		t.Fatal(err)
	}
	if acme.ID != "org_2acme" || acme.CreatedBy != "user_2aLice" || acme.Members != 2 || acme.Admins != 1 || acme.MaxMemberships != 5 || !acme.AdminDelete || acme.CreatedAt != 1660000000000 {
		t.Errorf("got %+v", acme)
	}
	if got := string(acme.Metadata.Of(users.PrivateMetadata)); got != `{"vat":"x"}` {
		t.Errorf("the private metadata is %s", got)
	}
	for _, m := range []struct{ organization, user, role, id string }{
		{"org_2acme", "user_2aLice", organizations.Admin, "orgmem_1"}, {"org_2acme", "user_2bOb", organizations.Member, "orgmem_0"}, {"org_2lone", "user_2aLice", organizations.Member, "orgmem_2"},
	} {
		got, err := b.Organizations.Members.Membership(t.Context(), m.organization, m.user)
		if err != nil || got.Role != m.role || got.ID != m.id || got.CreatedAt != 1661000000000 {
			t.Errorf("%v: got %+v, %v", m, got, err)
		}
	}
	if o, err := b.Organizations.Organization(t.Context(), "org_2empty"); err != nil || o.CreatedBy != "" {
		t.Errorf("got %+v, %v, want an organization whose creator is gone", o, err)
	}
	i, err := b.Organizations.Invitations.Invitation(t.Context(), "org_2acme", "orginv_pending")
	if err != nil || i.Status != organizations.Pending || i.Inviter != "user_2aLice" || i.Email != "pending@example.com" || i.CreatedAt != 1662000000000 {
		t.Errorf("got %+v, %v", i, err)
	}
}

// exported is all that is kept of a user.
func (b *bench) exported(t testing.TB, kuid string) imports.Exported {
	t.Helper()
	all, _, err := b.Imports.Export(t.Context(), "", true)
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range all {
		if u.Kuid == kuid {
			return u
		}
	}
	t.Fatalf("%s is not exported", kuid)
	return imports.Exported{}
}

// TestJoinedDiffers: what was changed here is not undone by the same files, and a merge
// lays other files over it; what these do not tell of stays.
func TestJoinedDiffers(t *testing.T) {
	b := newBench(t, t.TempDir())
	texts := clerkTexts(t)
	if _, _, err := b.joinFiles(t, clerkFiles, texts, importer.Options{}); err != nil {
		t.Fatal(err)
	}
	name := "Acme of here"
	if _, err := b.Organizations.Update(t.Context(), operator, "org_2acme", organizations.Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	p, report, err := b.joinFiles(t, clerkFiles, texts, importer.Options{})
	if want := `{"row":6,"of":"org_2acme","field":"security.import.differs","reason":"The organization \"org_2acme\" exists already and differs."}`; err != nil || p.Failed != 2 || !strings.Contains(report, want) {
		t.Errorf("%v, %+v, %s", err, p.Counts, report)
	}
	later := strings.NewReplacer(`"plan": "pro"`, `"seats": 3`, `"last_name": "Ames"`, `"last_name": null`, `"role": "org:billing"`, `"role": "org:admin"`)
	for file, text := range texts {
		texts[file] = []byte(later.Replace(string(text)))
	}
	files := slices.DeleteFunc(slices.Clone(clerkFiles), func(name string) bool { return name == "clerk-export.csv" })
	p, report, err = b.joinFiles(t, files, texts, importer.Options{OnConflict: imports.ConflictMerge, MergeCredentials: true})
	if err != nil || p.Failed != 1 {
		t.Fatalf("%v, %+v, %s", err, p.Counts, report)
	}
	alice, err := b.Users.Read(t.Context(), "user_2aLice")
	if err != nil || alice.Detailed().LastName != "" || alice.Detailed().FirstName != "Alice" || string(alice.Metadata.Of(users.PublicMetadata)) != `{"plan":"pro","seats":3}` {
		t.Errorf("got %+v, %s, %v", alice.Detailed(), alice.Metadata.Of(users.PublicMetadata), err)
	}
	if err := b.login(t, "alice", expectedLogins(t)["clerk-export.csv"][0].Password); err != nil {
		t.Errorf("a merge of files without digests changed the password: %v", err)
	}
	o, err := b.Organizations.Organization(t.Context(), "org_2acme")
	if err != nil || o.Name != "Acme" || o.Members != 2 || o.Admins != 2 {
		t.Errorf("got %+v, %v, want the organization of the files, with two administrators", o, err)
	}
}

// TestJoinedOneByOne: the files may also come one after another.
func TestJoinedOneByOne(t *testing.T) {
	b := newBench(t, t.TempDir())
	texts := clerkTexts(t)
	for _, name := range clerkFiles {
		o := importer.Options{OnConflict: imports.ConflictMerge, MergeCredentials: true}
		if p, report, err := b.bring(t, bytes.NewReader(texts[name]), o); err != nil || p.Format != "clerk" {
			t.Errorf("%s: %v, %s, %+v, %s", name, err, p.Format, p.Counts, report)
		}
	}
	o, err := b.Organizations.Organization(t.Context(), "org_2acme")
	if err != nil || o.Members != 2 || b.users() != 5 {
		t.Errorf("got %+v and %d users, %v", o, b.users(), err)
	}
}

// TestJoinedRefuses are files that are not joined, and why.
func TestJoinedRefuses(t *testing.T) {
	texts := map[string][]byte{
		"users.json": testdata(t, "clerk.json"), "export.csv": testdata(t, "clerk-export.csv"),
		"plain.csv": []byte("id,username\n1,ann\n"), "noid.csv": []byte("primary_email_address,password_hasher\na@example.com,md5\n"), "auth0.ndjson": testdata(t, "auth0.ndjson"),
		"empty.json": nil, "none.json": []byte("[]"), "none2.json": []byte(`{"data": [], "total_count": 0}`), "cut.json": testdata(t, "clerk-users-1.json")[:3000],
		"cut2.json": []byte(`[{"object":"user","primary_email_address_id":"user_1"},`), "stray.json": append(testdata(t, "clerk.json"), '}'),
		"odd.json":   []byte(`[{"object":"user","primary_email_address_id":null},{"object":"session","id":"sess_1"},7,{"object":"user","id":"a` + "\\u0000" + `b"},{"object":"user","id":["x"]},{"object":{},"id":"x"},{"id":"user_9","object":"user","username":"nine","x":"` + strings.Repeat("y", importer.MaxRowBytes) + `"}]`),
		"binary.csv": {0, 1, 2},
		// Clerk tells of the inviter only in some versions of its API.
		"instance.json": []byte(`{"data":[{"object":"invitation","id":"inv_1","email_address":"a@example.com","status":"pending","public_metadata":{}}]}`),
		"invited.json":  []byte(`{"data":[{"object":"organization_invitation","id":"orginv_1","email_address":"a@example.com","role":"org:member","organization_id":"org_1","status":"pending"}]}`),
	}
	for _, row := range []struct {
		names, want string
		counts      importer.Counts
	}{
		{"export.csv plain.csv", "plain.csv: the file cannot be read: its format is csv, and only files of the format clerk are joined", importer.Counts{}},
		{"users.json auth0.ndjson", "auth0.ndjson: the file cannot be read: its format is auth0", importer.Counts{}},
		{"users.json empty.json", "empty.json: the file cannot be read: it is empty", importer.Counts{}},
		{"users.json binary.csv", "binary.csv: the file cannot be read: it is not text", importer.Counts{}},
		{"export.csv cut.json", "cut.json: the file cannot be read: it ends early", importer.Counts{}},
		{"export.csv cut2.json", "cut2.json: the file cannot be read: it ends early", importer.Counts{}},
		{"export.csv stray.json", "stray.json: the file cannot be read: a value was expected", importer.Counts{}},
		{"export.csv none.json none2.json", "", importer.Counts{Rows: 4, Created: 4}},
		{"users.json instance.json", `{"row":1,"of":"instance.json, value 1","field":"object","reason":"objects of the kind invitation are not imported"}`, importer.Counts{Rows: 2, Created: 1, Skipped: 1}},
		{"users.json invited.json", `{"row":2,"of":"orginv_1","field":"organizations.organization.not_found"`, importer.Counts{Rows: 2, Created: 1, Failed: 1}},
		{"noid.csv users.json", `{"row":1,"of":"noid.csv, row 1","field":"id","reason":"the row has no id, and the files are joined by it"}`, importer.Counts{Rows: 2, Created: 1, Failed: 1}},
		{"users.json odd.json", `{"row":2,"of":"odd.json, value 2","field":"object","reason":"objects of the kind session are not imported"}
{"row":3,"of":"odd.json, value 3","field":"","reason":"the value is a number where another type is expected"}
{"row":4,"of":"odd.json, value 4","field":"id","reason":"the text has control characters"}
{"row":5,"of":"odd.json, value 5","field":"","reason":"the value is an array or an object where a text is expected"}
{"row":6,"of":"odd.json, value 6","field":"object","reason":"objects of the kind something else are not imported"}
{"row":7,"of":"odd.json, value 7","field":"","reason":"the row is longer than 1048576 bytes"}`, importer.Counts{Rows: 8, Created: 1, Skipped: 2, Failed: 5}},
	} {
		t.Run(row.names, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			p, report, err := b.joinFiles(t, strings.Fields(row.names), texts, importer.Options{})
			said := report
			if err != nil {
				said = err.Error()
			}
			if !strings.Contains(said, row.want) {
				t.Errorf("got %s, want %s", said, row.want)
			}
			if diff := cmp.Diff(row.counts, p.Counts); diff != "" {
				t.Errorf("counts (-want +got):\n%s\n%s", diff, report)
			}
			if err != nil && b.users() > 0 {
				t.Error("a run that was refused made users")
			}
		})
	}
	if _, _, err := newBench(t, t.TempDir()).joinFiles(t, []string{"users.json", "export.csv"}, texts, importer.Options{Format: "auth0"}); err == nil {
		t.Error("files of another format were joined")
	}
}

// FuzzJoined: whatever two files hold, joining them ends, and each thing is handed on or
// reported.
func FuzzJoined(f *testing.F) {
	for _, name := range clerkFiles {
		f.Add(testdata(f, "clerk-export.csv"), testdata(f, name))
	}
	f.Add([]byte("id,primary_email_address,password_hasher\n\"\n"), []byte(`{"data":[{"object":"user","id":1},{}],"data":[2]}[[`))
	f.Fuzz(func(t *testing.T, one, other []byte) {
		source, err := importer.JoinClerk(t.Context(), []importer.File{{Name: "1", From: bytes.NewReader(one)}, {Name: "2", From: bytes.NewReader(other)}}, importer.Options{}, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		seeRun(t, importer.Run{Source: source})
	})
}

// TestJoinedResumed: a run that ended after some batches goes on where it was, though the
// files come in another order.
func TestJoinedResumed(t *testing.T) {
	b := newBench(t, t.TempDir())
	const count = imports.MaxImportRows + 500
	var table, list bytes.Buffer
	table.WriteString("id,primary_email_address,verified_email_addresses,password_digest,password_hasher\n")
	for i := range count {
		fmt.Fprintf(&table, "user_%d,u%[1]d@example.com,u%[1]d@example.com,5f4dcc3b5aa765d61d8327deb882cf99,md5\n", i)
		fmt.Fprintf(&list, `{"object":"user","id":"user_%d","username":"u%[1]d","email_addresses":[{"id":"i","email_address":"u%[1]d@example.com","verification":{"status":"verified"}}],"primary_email_address_id":"i"}`+"\n", count-i)
	}
	folder := t.TempDir()
	checkpoint := filepath.Join(folder, "checkpoint")
	texts := map[string][]byte{"table.csv": table.Bytes(), "list.ndjson": list.Bytes()}
	run := func(stop bool, names ...string) (importer.Progress, error) {
		var files []importer.File
		for _, name := range names {
			files = append(files, importer.File{Name: name, From: bytes.NewReader(texts[name])})
		}
		source, err := importer.JoinClerk(t.Context(), files, importer.Options{}, 0)
		if err != nil {
			t.Fatal(err)
		}
		r := importer.Run{Source: source, Sink: importer.Into(b.Accounts, operator), Checkpoint: checkpoint, Report: importer.NewReport(io.Discard)}
		if r.Resume, err = importer.LoadCheckpoint(checkpoint); err != nil {
			t.Fatal(err)
		}
		if stop {
			into, batches := r.Sink, 0
			r.Sink = func(ctx context.Context, how imports.Import, rows importer.Batch) func() ([]importer.Outcome, error) {
				if batches++; batches > 1 {
					return func() ([]importer.Outcome, error) { return nil, errors.New("killed") }
				}
				return into(ctx, how, rows)
			}
		}
		return r.Do(t.Context())
	}
	if _, err := run(true, "table.csv", "list.ndjson"); err == nil {
		t.Fatal("the first run was not interrupted")
	}
	text, err := os.ReadFile(checkpoint)
	if err != nil || !json.Valid(text) {
		t.Fatal(err)
	}
	p, err := run(false, "list.ndjson", "table.csv")
	if diff := cmp.Diff(importer.Counts{Rows: count + 1, Created: count + 1}, p.Counts); diff != "" || err != nil || b.users() != count+1 {
		t.Errorf("%v, %d users, counts (-want +got):\n%s", err, b.users(), diff)
	}
}

// TestMemoryJoined: files of any size are joined in the same memory, and every user is
// handed on once, with what both files tell.
func TestMemoryJoined(t *testing.T) {
	const most = 48 << 20
	rows := resumeRows(t, 10_000)
	filler := strings.Repeat("x", 6000)
	source, err := importer.JoinClerk(t.Context(), []importer.File{
		{Name: "table", From: written("id,primary_email_address,password_digest,password_hasher\n", rows, func(b []byte, i int) []byte {
			return fmt.Appendf(b, "user_%d,u%[1]d@example.com,5f4dcc3b5aa765d61d8327deb882cf99,md5\n", i)
		})},
		{Name: "list", From: written(`{"total_count":1,"data":[`, rows, func(b []byte, i int) []byte {
			return fmt.Appendf(b, `{"object":"user","id":"user_%d","username":"u%[1]d","primary_email_address_id":null,"x":"%s"},`, rows-1-i, filler)
		}, "]}")},
	}, importer.Options{}, 0)
	if err != nil {
		t.Fatal(err)
	}
	largest, joined := uint64(0), 0
	run := importer.Run{Source: source, Report: importer.NewReport(io.Discard)}
	run.Sink = importer.Serially(func(_ context.Context, _ imports.Import, batch importer.Batch) ([]importer.Outcome, error) {
		outcomes := make([]importer.Outcome, batch.Len())
		for i, u := range batch.Users {
			outcomes[i].Status = imports.RowCreated
			if given, _ := u.Credentials["digest-import"].(map[string]any); given["username"] == strings.Replace(u.Wanted, "user_", "u", 1) && given["passwordHasher"] == "md5" {
				joined++
			}
		}
		return outcomes, nil
	})
	used := func() uint64 {
		var now runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&now)
		return now.HeapAlloc
	}
	before := used()
	run.Progress = func(importer.Progress) { largest = max(largest, used()-before) }
	p, err := run.Do(t.Context())
	if err != nil || p.Created != int64(rows) || joined != rows {
		t.Errorf("%v, %+v, %d joined, want %d", err, p.Counts, joined, rows)
	}
	t.Logf("%d rows of %d MiB took %d MiB", rows, rows*len(filler)>>20, largest>>20)
	if largest > most {
		t.Errorf("%d rows took %d MiB, want at most %d", rows, largest>>20, most>>20)
	}
}

// written is a file that is made while it is read: a beginning, so many rows, and an end.
func written(begin string, rows int, row func(b []byte, i int) []byte, end ...string) io.Reader {
	in, out := io.Pipe()
	go func() { // ends with the last row, or when nobody reads any more
		b := []byte(begin)
		for i := range rows {
			if b = row(b, i); len(b) > 64<<10 {
				if _, err := out.Write(b); err != nil {
					return
				}
				b = b[:0]
			}
		}
		_, _ = out.Write(append(b, strings.Join(end, "")...))
		_ = out.Close()
	}()
	return in
}
