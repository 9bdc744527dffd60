package importer_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/exports"
)

// exportFiles are files in testdata of each system that package exports lists.
var exportFiles = map[string][]string{
	"Any JSON":    {"plain.ndjson"},
	"Any table":   {"field/salt.csv", "field/pgcopy.tsv"},
	"Auth0":       {"auth0.ndjson", "auth0_hashes.ndjson"},
	"Clerk":       {"clerk.csv", "clerk.json"},
	"Cognito":     {"cognito.csv", "field/cognito-list.json"},
	"Django":      {"django.csv", "field/django.json", "field/dumpdata.json"},
	"Drupal":      {"drupal.csv"},
	"Firebase":    {"firebase.json", "field/firebase.csv"},
	"Keycloak":    {"keycloak.json", "field/keycloak-old.json", "field/keycloak-bcrypt.json"},
	"Kratos":      {"kratos.json"},
	"Kuzzle":      {"kuzzle.json"},
	"LDAP":        {"people.ldif", "field/state.ldif"},
	"Supabase":    {"supabase.csv", "field/supabase.json"},
	"SuperTokens": {"supertokens.json"},
	"WordPress":   {"wordpress.csv", "field/wordpress.json"},
}

// TestListedExports: there are files of every listed system, which are recognised and
// imported with the flags that the list names and no others. Every format is listed.
func TestListedExports(t *testing.T) {
	formats := importer.Formats()
	for _, e := range exports.All() {
		t.Run(e.System, func(t *testing.T) {
			if len(exportFiles[e.System]) == 0 {
				t.Fatal("it has no file in testdata")
			}
			var o importer.Options
			if e.Format == "firebase" {
				if err := json.Unmarshal(testdata(t, "firebase.options.json"), &o.Firebase); err != nil {
					t.Fatal(err)
				}
			}
			for _, file := range exportFiles[e.System] {
				p, report, err := newBench(t, t.TempDir()).bring(t, bytes.NewReader(testdata(t, file)), o)
				if err != nil || p.Created == 0 || p.Failed > 0 || p.Format != e.Format {
					t.Errorf("%s as %s: %+v, %v\n%s", file, p.Format, p.Counts, err, report)
				}
			}
			if (e.Flags != "") != (e.Format == "firebase" || e.Format == "cognito") {
				t.Errorf("flags: %q", e.Flags)
			}
		})
		formats = slices.DeleteFunc(formats, func(name string) bool { return name == e.Format })
	}
	if len(formats) > 0 {
		t.Errorf("formats that are not listed: %v", formats)
	}
}

// TestPrintedExports fits a terminal of 80 columns and has every text.
func TestPrintedExports(t *testing.T) {
	var out bytes.Buffer
	if err := exports.Print(&out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if len(line) > 81 {
			t.Errorf("a line is too long: %s", line)
		}
	}
	words := strings.Join(strings.Fields(out.String()), " ")
	for _, e := range exports.All() {
		for _, text := range append(e.Files, e.System, "--format "+e.Format, e.Known, e.Comes, e.Stays, e.Flags) {
			if !strings.Contains(words, strings.Join(strings.Fields(text), " ")) {
				t.Errorf("%s: %q is not printed", e.System, text)
			}
		}
	}
}
