package importer_test

import (
	"bytes"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// fieldPassword is that of everybody in testdata/field.
const fieldPassword = "Tr0ub4dor&3 ü"

// TestField: files as people export them come in without a flag. Everybody logs in who
// could, nobody who could not, and what stays behind is told by row and field; and
// bringing a file again changes nothing.
func TestField(t *testing.T) {
	var cases []struct {
		Name, File        string
		Opens, Shut, Told []string
		Created           int64
		Options           importer.Options
	}
	if err := json.Unmarshal(testdata(t, "field/cases.json"), &cases); err != nil {
		t.Fatal(err)
	}
	b := newBench(t, t.TempDir())
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			text := testdata(t, filepath.Join("field", c.File))
			p, report, err := b.bring(t, bytes.NewReader(text), c.Options)
			if err != nil || p.Created != c.Created {
				t.Fatalf("%d created of %d, %v\n%s", p.Created, c.Created, err, report)
			}
			for _, field := range c.Told {
				if !strings.Contains(report, `"field":"`+field+`"`) {
					t.Errorf("the report does not tell of %s:\n%s", field, report)
				}
			}
			if len(c.Told) == 0 && report != "" {
				t.Errorf("the report tells %s", report)
			}
			for _, name := range c.Opens {
				if err := b.login(t, name, fieldPassword); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if b.login(t, name, fieldPassword+"x") == nil {
					t.Errorf("%s logs in with another password", name)
				}
			}
			for _, name := range c.Shut {
				if b.login(t, name, fieldPassword) == nil {
					t.Errorf("%s logs in", name)
				}
			}
			again, report, err := b.bring(t, bytes.NewReader(text), c.Options)
			if err != nil || again.Created+again.Merged != 0 || again.Failed != p.Failed {
				t.Errorf("again: %+v, %v\n%s", again.Counts, err, report)
			}
		})
	}
}

// TestStrict: with Strict a row of which a field would be left out is left out.
func TestStrict(t *testing.T) {
	b := newBench(t, t.TempDir())
	for file, field := range map[string]string{"ambiguous.csv": "createdAt", "auth0-types.json": "app_metadata"} {
		p, report, err := b.bring(t, bytes.NewReader(testdata(t, "field/"+file)), importer.Options{Strict: true, Source: "strict"})
		if err != nil || p.Failed != 1 || !strings.Contains(report, `"field":"`+field+`"`) {
			t.Errorf("%s: %+v, %v\n%s", file, p.Counts, err, report)
		}
	}
}

// TestTwoFilesAreTwoSources: the rows of another file are not taken for those with the same
// numbers, whatever is to be done with users who are here; the same people in a newer file
// are, and so are those of a source that was named.
func TestTwoFilesAreTwoSources(t *testing.T) {
	const first, other, newer = "id,username\n1,ann\n2,bob\n", "id,username\n1,carl\n2,dan\n", "id,username,name\n1,ann,Ann\n2,bob,Bob\n"
	b := newBench(t, t.TempDir())
	for _, step := range []struct {
		file    string
		options importer.Options
		want    int64 // created and merged
		refused bool
	}{
		{file: first, want: 2},
		{file: first},
		{file: other, refused: true},
		{file: other, options: importer.Options{OnConflict: imports.ConflictMerge}, refused: true},
		{file: newer, options: importer.Options{OnConflict: imports.ConflictMerge}, want: 2},
		{file: other, options: importer.Options{Source: "shop"}, want: 2},
	} {
		p, report, err := b.bring(t, strings.NewReader(step.file), step.options)
		if (err != nil) != step.refused || p.Created+p.Merged != step.want {
			t.Errorf("%q %+v: %+v, %v\n%s", step.file, step.options, p.Counts, err, report)
		}
	}
}

// TestUnknownMembers are told, and kept where that is asked for.
func TestUnknownMembers(t *testing.T) {
	for _, c := range []struct{ file, keep string }{
		{`{"username":"ada","shoe":43}`, ""}, {`{"username":"ada","shoe":43}`, "private"}, {"username,shoe\nada,43\n", "unsafe"}, {"username,shoe\nada,43\n", ""}, {"username,shoe\nada,43\n", importer.Drop},
		{`{"user_id":"auth0|1","email":"ada@example.com","tenant":"t","shoe":43,"empty":[],"app_metadata":{}}`, ""},
		{`{"user_id":"auth0|1","email":"ada@example.com","shoe":43}`, "private"},
		{`{"users":[{"localId":"1","email":"ada@example.com","shoe":43,"emailVerified":true}]}`, ""},
		{`{"realm":"r","users":[{"username":"ada","shoe":43,"totp":false,"disableableCredentialTypes":[]}]}`, ""},
		{"dn: uid=ada,dc=example\nobjectClass: person\nuid: ada\nshoe: 43\n", ""},
		{"dn: uid=ada,dc=example\nuid: ada\nshoe: 43\nshoe: 44\n", "private"},
		{`[{"id":"9","schema_id":"default","traits":{"username":"ada"},"shoe":43}]`, ""},
	} {
		b, left := newBench(t, t.TempDir()), c.keep == "" || c.keep == importer.Drop
		p, report, err := b.bring(t, strings.NewReader(c.file), importer.Options{Keep: c.keep})
		if err != nil || p.Created != 1 || strings.Contains(report, `"field":"shoe","reason":"left out`) != left {
			t.Fatalf("%q: %+v, %v\n%s", c.file, p.Counts, err, report)
		}
		if told := p.Unknown["shoe"] == 1; told != left || len(p.Unknown) > 1 {
			t.Errorf("%q with %q: told is %v", c.file, c.keep, p.Unknown)
		}
		users, _, err := b.Imports.Export(t.Context(), "", true)
		if err != nil || len(users) != 1 {
			t.Fatal(users, err)
		}
		kept, _ := json.Marshal(users[0].Metadata)
		if strings.Contains(string(kept), "43") == left || !left && !strings.Contains(string(kept), c.keep) {
			t.Errorf("%q with %q: the metadata is %s", c.file, c.keep, kept)
		}
	}
}
