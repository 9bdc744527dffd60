package importer_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/contacts"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/exporter"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
)

// source is an export in testdata and what is to become of its rows.
type source struct {
	file, format     string
	created, skipped int64
	options          importer.Options
	account          string // an external account that somebody has then
}

// with completes the options.
func (s source) with(t *testing.T, wrap string) importer.Options {
	t.Helper()
	s.options.Wrap = wrap
	if s.format == "firebase" {
		if err := json.Unmarshal(testdata(t, "firebase.options.json"), &s.options.Firebase); err != nil {
			t.Fatal(err)
		}
	}
	return s.options
}

type login struct{ Name, Password string }

// expectedLogins are who logs in after which import, and with what.
func expectedLogins(t *testing.T) (all map[string][]login) {
	t.Helper()
	if err := json.Unmarshal(testdata(t, "logins.json"), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

var sources = []source{
	{file: "clerk.csv", format: "clerk", created: 4, account: "clerk:user_2dAve"},
	{file: "clerk.json", format: "clerk", created: 1, account: "google:10987"},
	{file: "cognito.csv", format: "cognito", created: 2, account: "cognito:gina",
		options: importer.Options{Cognito: importer.Cognito{Pool: "eu-west-3_u4PgNjxpW", Client: "32qhs0tmztcrcxz28c7k3ejxfm"}}},
	{file: "supabase.csv", format: "supabase", created: 2, account: "google:5551"},
	{file: "wordpress.csv", format: "wordpress", created: 2, account: "wordpress:1"},
	{file: "drupal.csv", format: "drupal", created: 1, skipped: 1, account: "drupal:7"},
	{file: "django.csv", format: "django", created: 4, account: "django:4"},
	{file: "auth0.ndjson", format: "auth0", created: 2, skipped: 1, account: "google-oauth2:1155"},
	{file: "auth0_hashes.ndjson", format: "auth0", created: 1, account: "auth0:auth0|60425da93519d90068f82966"},
	{file: "firebase.json", format: "firebase", created: 2, account: "google.com:778"},
	{file: "keycloak.json", format: "keycloak", created: 1, account: "github:4242"},
	{file: "kratos.json", format: "kratos", created: 1, account: "github:31"},
	{file: "supertokens.json", format: "supertokens", created: 2, account: "google:77"},
	{file: "kuzzle.json", format: "kuzzle", created: 3},
	{file: "people.ldif", format: "ldif", created: 1, account: "ldif:uid=zoe,ou=people,dc=example,dc=com"},
	{file: "plain.csv", format: "csv", created: 1, options: importer.Options{Map: map[string]string{"city": "content.city"}}},
	{file: "plain.ndjson", format: "json", created: 1, account: "github:99"},
}

// TestSources imports each export, logs its users in with their passwords, and
// imports it again, which changes nothing.
func TestSources(t *testing.T) {
	for _, source := range sources {
		t.Run(source.file, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			source.options = source.with(t, "")
			text := testdata(t, source.file)
			p, report, err := b.bring(t, bytes.NewReader(text), source.options)
			if err != nil {
				t.Fatal(err)
			}
			want := importer.Counts{Rows: source.created + source.skipped, Created: source.created, Skipped: source.skipped}
			if diff := cmp.Diff(want, p.Counts); diff != "" || p.Format != source.format {
				t.Errorf("format %s, counts (-want +got):\n%s\n%s", p.Format, diff, report)
			}
			for _, l := range expectedLogins(t)[source.file] {
				if err := b.login(t, l.Name, l.Password); err != nil {
					t.Errorf("login of %s: %v", l.Name, err)
				}
				if err := b.login(t, l.Name, l.Password+"x"); err == nil {
					t.Errorf("%s logs in with another password", l.Name)
				}
			}
			if source.account != "" {
				if _, err := b.Credentials.CredentialsByID(t.Context(), source.account, "external"); err != nil {
					t.Errorf("the account %s: %v", source.account, err)
				}
			}
			again, report, err := b.bring(t, bytes.NewReader(text), source.options)
			want.Created, want.Unchanged = 0, source.created
			if diff := cmp.Diff(want, again.Counts); diff != "" || err != nil {
				t.Errorf("again: %v, counts (-want +got):\n%s\n%s", err, diff, report)
			}
		})
	}
}

// TestWrappings imports one export in every form a file may come.
func TestWrappings(t *testing.T) {
	text := testdata(t, "clerk.csv")
	for _, form := range []struct {
		name string
		wrap func(*bytes.Buffer) io.WriteCloser
		text []byte
	}{
		{"gzip", func(b *bytes.Buffer) io.WriteCloser { return gzip.NewWriter(b) }, text},
		{"zstd", func(b *bytes.Buffer) io.WriteCloser { w, _ := zstd.NewWriter(b); return w }, text},
		{"byte order mark", nil, append([]byte("\xef\xbb\xbf"), text...)},
		{"UTF-16", nil, utf16(t, text)},
	} {
		t.Run(form.name, func(t *testing.T) {
			in := bytes.NewBuffer(form.text)
			if form.wrap != nil {
				in = new(bytes.Buffer)
				w := form.wrap(in)
				_, _ = w.Write(form.text)
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
			}
			p, report, err := newBench(t, t.TempDir()).bring(t, in, importer.Options{})
			if err != nil || p.Created != 4 {
				t.Errorf("got %d created, %v, want 4\n%s", p.Created, err, report)
			}
		})
	}
}

func utf16(t *testing.T, text []byte) []byte {
	t.Helper()
	out, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().Bytes(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestRoundTrip: what is exported with digests goes into an empty server with
// another master key, and everybody logs in there; weak digests that were
// wrapped meanwhile, and those that are sealed, too.
func TestRoundTrip(t *testing.T) {
	for _, wrap := range []string{digestimport.WrapNow, digestimport.WrapWeak} {
		for _, source := range sources {
			t.Run(wrap+"/"+source.file, func(t *testing.T) { roundTrip(t, source.file, source.with(t, wrap)) })
		}
	}
}

func roundTrip(t *testing.T, file string, o importer.Options) {
	from, to := newBench(t, t.TempDir()), newBench(t, t.TempDir())
	if _, report, err := from.bring(t, bytes.NewReader(testdata(t, file)), o); err != nil {
		t.Fatal(err, report)
	}
	exported := export(t, from, true)
	p, report, err := to.bring(t, bytes.NewReader(exported), importer.Options{})
	if err != nil || p.Created != from.users() || report != "" {
		t.Fatalf("got %d of %d created, %v\n%s", p.Created, from.users(), err, report)
	}
	if diff := cmp.Diff(string(exported), string(export(t, to, true))); diff != "" {
		t.Errorf("the second export differs (-first +second):\n%s", diff)
	}
	for _, l := range expectedLogins(t)[file] {
		if err := to.login(t, l.Name, l.Password); err != nil {
			t.Errorf("login of %s: %v", l.Name, err)
		}
		if err := to.login(t, l.Name, l.Password+"x"); err == nil {
			t.Errorf("%s logs in with another password", l.Name)
		}
	}
	if renewed := export(t, to, true); bytes.Contains(renewed, []byte(`"wrapped"`)) {
		t.Errorf("a wrapped digest is left after everybody's login: %s", renewed)
	}
	for _, secret := range []string{"$argon2id$", "$2b$", "JBSWY3DPEHPK3PXP", "passwordDigest", "private"} {
		if bytes.Contains(export(t, from, false), []byte(secret)) {
			t.Errorf("an export without digests holds %s", secret)
		}
	}
}

func export(t *testing.T, b *bench, digests bool) []byte {
	t.Helper()
	var out bytes.Buffer
	pages := func(ctx context.Context, after string) (exporter.Page, error) {
		users, next, err := b.Imports.Export(ctx, after, digests)
		return exporter.Page{Users: users, Next: next}, err
	}
	if _, _, err := exporter.JSON(t.Context(), pages, &out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestMetadata: what a source lets users read or never see is metadata here too, which
// they cannot write with their content, from JSON and from a table.
func TestMetadata(t *testing.T) {
	const (
		fromJSON = `[{"id":"user_1","username":"ada","last_sign_in_at":1700000000000,"last_active_at":1700000000000,"public_metadata":{"role":"admin"},"private_metadata":{"risk":3},"unsafe_metadata":{"theme":"dark"}}]`
		fromCSV  = "id,username,public_metadata,private_metadata,unsafe_metadata\nuser_2,bob,\"{\"\"role\"\":\"\"staff\"\"}\",\"{\"\"risk\"\":1}\",\n"
		mapped   = "id,username,more\n3,eve,\"{\"\"risk\"\":9}\"\n"
		changed  = `[{"id":"user_1","public_metadata":null,"private_metadata":{"risk":null,"note":"x"}}]`
		csv      = "id,username,public_metadata\n4,fay,\"{\"\"role\"\":\"\"staff\"\"}\"\n"
		auth0    = `[{"user_id":"auth0|1","username":"gus","app_metadata":{"risk":3},"user_metadata":{"theme":"dark"}}]`
		firebase = `{"users":[{"localId":"f1","email":"f@example.com","customAttributes":"{\"role\":\"admin\"}"}]}`
		kratos   = `[{"id":"k1","traits":{"username":"kim"},"metadata_public":{"tier":1},"metadata_admin":{"note":"n"}}]`
		tokens   = `{"users":[{"externalUserId":"s1","userMetadata":{"name":"Stan"},"loginMethods":[{"email":"s@example.com","isVerified":true}]}]}`
		supabase = "id,email,encrypted_password,email_confirmed_at,raw_app_meta_data,raw_user_meta_data\n" +
			"b1,b@example.com,,,\"{\"\"provider\"\":\"\"email\"\"}\",\"{\"\"nick\"\":\"\"b\"\"}\"\n"
		broken = `{"id":"user_4","username":"dan","private_metadata":{"text":"%s"}}`
	)
	b := newBench(t, t.TempDir())
	for _, c := range []struct {
		text    string
		options importer.Options
		name    string
		want    [3]string // public, private, unsafe
	}{
		{fromJSON, importer.Options{Format: "clerk"}, "ada", [3]string{`{"role":"admin"}`, `{"risk":3}`, `{"theme":"dark"}`}},
		{fromCSV, importer.Options{Format: "clerk"}, "bob", [3]string{`{"role":"staff"}`, `{"risk":1}`, `{}`}},
		{mapped, importer.Options{Map: map[string]string{"more": "accountMetadata.private"}}, "eve", [3]string{`{}`, `{"risk":9}`, `{}`}},
		{csv, importer.Options{}, "fay", [3]string{`{"role":"staff"}`, `{}`, `{}`}},
		{auth0, importer.Options{}, "gus", [3]string{`{}`, `{"risk":3}`, `{"theme":"dark"}`}},
		{firebase, importer.Options{}, "firebase:f1", [3]string{`{"role":"admin"}`, `{}`, `{}`}},
		{kratos, importer.Options{}, "kim", [3]string{`{"tier":1}`, `{"note":"n"}`, `{}`}},
		{tokens, importer.Options{}, "supertokens:s1", [3]string{`{}`, `{"name":"Stan"}`, `{}`}},
		{supabase, importer.Options{}, "supabase:b1", [3]string{`{"provider":"email"}`, `{}`, `{"nick":"b"}`}},
		{changed, importer.Options{Format: "clerk", OnConflict: imports.ConflictMerge}, "ada", [3]string{`{}`, `{"note":"x"}`, `{"theme":"dark"}`}},
	} {
		if _, report, err := b.bring(t, strings.NewReader(c.text), c.options); err != nil || strings.Contains(report, `"reason"`) && !strings.Contains(report, "changed by the merge") {
			t.Fatal(c.text, err, report)
		}
		found, err := b.Credentials.CredentialsByID(t.Context(), c.name, "external")
		if err != nil {
			t.Fatal(err)
		}
		u, err := b.Users.User(t.Context(), found["kuid"].(string))
		if err != nil {
			t.Fatal(err)
		}
		got := [3]string{string(u.Metadata.Of("public")), string(u.Metadata.Of("private")), string(u.Metadata.Of("unsafe"))}
		if got != c.want || bytes.Contains(u.Content, []byte("etadata")) {
			t.Errorf("%s: got %s, want %s, content %s", c.name, got, c.want, u.Content)
		}
		if c.name == "ada" && (u.LastSignInAt != 1_700_000_000_000 || u.LastActiveAt != 1_699_920_000_000) {
			t.Errorf("ada logged in last at %d, and was active last on %d", u.LastSignInAt, u.LastActiveAt)
		}
	}
	text := fmt.Sprintf("["+broken+"]", strings.Repeat("x", users.MaxMetadata))
	p, report, err := b.bring(t, strings.NewReader(text), importer.Options{Format: "clerk"})
	if err != nil || p.Failed != 1 || !strings.Contains(report, "private metadata would take") {
		t.Errorf("a row with too much: %+v, %v, %s", p, err, report)
	}
}

// TestOptions: keys, ids, profiles and what is disabled.
func TestOptions(t *testing.T) {
	const text = "id,username,email,roles,disabled\n1,ada,ada@example.com,staff|boss,\n2,bob,bob@example.com,,true\n"
	b := newBench(t, t.TempDir())
	p, _, err := b.bring(t, bytes.NewReader([]byte(text)), importer.Options{
		IDAs: importer.Kuid, ProfileMap: map[string]string{"boss": "admin"}, IncludeDisabled: true,
	})
	if err != nil || p.Created != 2 {
		t.Fatal(p, err)
	}
	ada, err := b.Users.User(t.Context(), "1")
	if err != nil || !cmp.Equal(ada.Profiles, []string{"admin"}) {
		t.Errorf("got %v, %v, want the profile admin", ada.Profiles, err)
	}
	bob, err := b.Users.User(t.Context(), "2")
	if err != nil || !cmp.Equal(bob.Profiles, []string{"default"}) {
		t.Errorf("got %v, %v, want the profile default", bob.Profiles, err)
	}
	if ada.Banned() || !bob.Banned() {
		t.Errorf("banned: ada %t, bob %t; want whoever was disabled", ada.Banned(), bob.Banned())
	}
	if _, err := b.Users.UpdateMetadata(t.Context(), admin, "2", map[string]any{
		"public": map[string]any{"plan": "pro"}, "private": map[string]any{"note": "x"}, "unsafe": map[string]any{"theme": []any{1.0}},
	}, 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []contacts.NewContact{
		{Kind: users.Email, Value: "bobby@example.com"}, {Kind: users.Email, Value: "b@example.com", Verified: true}, {Kind: users.Phone, Value: "+12015550123", Reserved: true},
	} {
		if _, err := b.Contacts.Create(t.Context(), admin, "2", c, false); err != nil {
			t.Fatal(err)
		}
	}
	has, err := b.Contacts.List(t.Context(), "2")
	if err != nil {
		t.Fatal(err)
	}
	to := newBench(t, t.TempDir())
	if _, report, err := to.bring(t, bytes.NewReader(export(t, b, true)), importer.Options{}); err != nil || report != "" {
		t.Fatal(err, report)
	}
	if again, err := to.Contacts.List(t.Context(), "2"); err != nil || !cmp.Equal(again, has) {
		t.Errorf("contacts after an export and an import: %+v, %v, want %+v", again, err, has)
	}
	if _, report, err := to.bring(t, strings.NewReader(`[{"kuid":"3","accountContacts":{"kind":"email"}},{"kuid":"4","accountContacts":[{"kind":"email","value":"x"}]}]`), importer.Options{}); err != nil || strings.Count(report, `"field":"accountContacts"`) != 2 {
		t.Errorf("bad contacts: %v, %s", err, report)
	}
	if again, err := to.Users.User(t.Context(), "2"); err != nil || string(again.Metadata.Of("public")) != `{"plan":"pro"}` ||
		string(again.Metadata.Of("private")) != `{"note":"x"}` || string(again.Metadata.Of("unsafe")) != `{"theme":[1]}` {
		t.Errorf("metadata after an export and an import: %+v, %v", again.Metadata, err)
	}
	if again, err := to.Users.User(t.Context(), "2"); err != nil || again.Standing != bob.Standing {
		t.Errorf("after an export and an import: %+v, %v, want %+v", again.Standing, err, bob.Standing)
	}
	// By their address they are known whatever their ids.
	const more = "id,email,city\n77,ADA@example.com,Oslo\n"
	o := importer.Options{Key: importer.KeyEmail, OnConflict: imports.ConflictMerge, Map: map[string]string{"city": "content.city"}}
	p, report, err := b.bring(t, bytes.NewReader([]byte(more)), o)
	if err != nil || p.Merged != 1 {
		t.Errorf("got %+v, %v, want 1 merged\n%s", p, err, report)
	}
	if ada, _ = b.Users.User(t.Context(), "1"); !bytes.Contains(ada.Content, []byte("Oslo")) {
		t.Errorf("got content %s, want Oslo in it", ada.Content)
	}
}

// TestWithoutPassword: whose password or digest is empty in the source comes in
// without one, which is counted; that is not so of who is here already.
func TestWithoutPassword(t *testing.T) {
	for _, row := range []struct {
		name, text string
		options    importer.Options
		created    int64
		without    int64
	}{
		{"empty digests", "id,username,password_digest,password_hasher\n1,ann,,\n2,bob,,bcrypt\n3,cy,5f4dcc3b5aa765d61d8327deb882cf99,md5\n", importer.Options{}, 3, 2},
		{"empty passwords", "id,username,password\n1,ann,\n2,bob,correct horse\n", importer.Options{}, 2, 1},
		{"no such column", "id,username\n1,ann\n", importer.Options{}, 1, 1},
		{"no digest in JSON", `{"id":"1","username":"ann","passwordDigest":""}
{"id":"2","username":"bob","passwordDigest":null}
{"id":"3","username":"cy"}`, importer.Options{}, 3, 3},
		{"of a provider", `{"localId":"fb1","email":"a@example.com","emailVerified":true,"passwordHash":"","providerUserInfo":[{"providerId":"google.com","rawId":"7"}]}`, importer.Options{}, 1, 1},
		{"a row that fails", "id,username,password_digest\n1,ann,\n2,ANN,\n", importer.Options{}, 1, 1},
	} {
		t.Run(row.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			for _, turn := range []struct {
				name             string
				dry              bool
				created, without int64
			}{{"a dry run", true, row.created, row.without}, {"the run", false, row.created, row.without}, {"again", false, 0, 0}} {
				o := row.options
				o.DryRun = turn.dry
				p, report, err := b.bring(t, bytes.NewReader([]byte(row.text)), o)
				if err != nil || p.Created != turn.created || p.NoPassword != turn.without {
					t.Errorf("%s: %d created, %d of them without a password (%v); want %d and %d\n%s",
						turn.name, p.Created, p.NoPassword, err, turn.created, turn.without, report)
				}
			}
			if err := b.login(t, "ann", ""); err == nil {
				t.Error("an empty password lets in who has none")
			}
		})
	}
}
