package importer_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// operator is the command line.
var operator = users.Actor{Kuid: users.AnonymousKuid, Operator: true}

const securitiesFile = `{
 "roles": {
  "reader": {"controllers": {"document": {"actions": {"get": true}}, "auth": {"actions": {"*": true}}}},
  "anonymous": {"controllers": {"*": {"actions": {"*": true}}}},
  "broken": {"controllers": {}}
 },
 "profiles": {"readers": {"policies": [{"roleId": "reader"}], "rateLimit": 5}},
 "users": {
  "ada": {"content": {"profileIds": ["readers"]}, "credentials": {"local": {"username": "ada", "password": "correct horse"}}},
  "eve": {"content": {"profileIds": ["nothing"]}}
 }
}`

type reportLine struct {
	Row       int64
	Of, Field string
}

func reportLines(t *testing.T, report string) []reportLine {
	t.Helper()
	var lines []reportLine
	for text := range strings.Lines(report) {
		if strings.Contains(text, "the merge") {
			continue // a dry run compares with users as they are stored, without its earlier rows
		}
		var l reportLine
		if err := json.Unmarshal([]byte(text), &l); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, l)
	}
	return lines
}

// bringAs imports a text as somebody.
func (b *bench) bringAs(t *testing.T, by users.Actor, text string, o importer.Options) (importer.Counts, []reportLine) {
	t.Helper()
	var report bytes.Buffer
	run := importer.Run{From: strings.NewReader(text), Options: o, Sink: importer.Into(b.Accounts, by), Report: importer.NewReport(&report)}
	p, err := run.Do(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Report.Close(); err != nil {
		t.Fatal(err)
	}
	return p.Counts, reportLines(t, report.String())
}

// TestSecurities: the roles and profiles of a file come in before its users; a
// protected one stays as it is here.
func TestSecurities(t *testing.T) {
	b := newBench(t, t.TempDir())
	left := []reportLine{
		{2, "roles.anonymous", "security.import.protected"}, {3, "roles.broken", "api.assert.empty_argument"}, {6, "users.eve", "profileIds"},
	}
	for _, turn := range []struct {
		name string
		o    importer.Options
		want importer.Counts
	}{
		{"dry run", importer.Options{DryRun: true}, importer.Counts{Rows: 6, Created: 3, Skipped: 1, Failed: 2}},
		{"first", importer.Options{}, importer.Counts{Rows: 6, Created: 3, Skipped: 1, Failed: 2}},
		{"again", importer.Options{}, importer.Counts{Rows: 6, Unchanged: 3, Skipped: 1, Failed: 2}},
	} {
		counts, lines := b.bringAs(t, operator, securitiesFile, turn.o)
		if diff := cmp.Diff(turn.want, counts); diff != "" {
			t.Errorf("%s: counts (-want +got):\n%s", turn.name, diff)
		}
		if diff := cmp.Diff(left, lines); diff != "" {
			t.Errorf("%s: report (-want +got):\n%s", turn.name, diff)
		}
	}
	if err := b.login(t, "ada", "correct horse"); err != nil {
		t.Error(err)
	}
	role, err := b.Users.Rights.Role(t.Context(), "anonymous")
	if err != nil || strings.Contains(string(role.Source), `"*"`) {
		t.Errorf("strangers may do what the file says: %s, %v", role.Source, err)
	}
}

// TestSecuritiesDiffer: what is here and differs is a conflict.
func TestSecuritiesDiffer(t *testing.T) {
	const changed = `{"roles":{"reader":{"controllers":{"auth":{"actions":{"login":true}}}}},"users":{}}`
	for conflict, want := range map[imports.Conflict]importer.Counts{
		imports.ConflictFail:  {Rows: 1, Failed: 1},
		imports.ConflictSkip:  {Rows: 1, Skipped: 1},
		imports.ConflictMerge: {Rows: 1, Merged: 1},
	} {
		b := newBench(t, t.TempDir())
		b.bringAs(t, operator, securitiesFile, importer.Options{})
		counts, _ := b.bringAs(t, operator, changed, importer.Options{OnConflict: conflict})
		if diff := cmp.Diff(want, counts); diff != "" {
			t.Errorf("%s: counts (-want +got):\n%s", conflict, diff)
		}
		role, err := b.Users.Rights.Role(t.Context(), "reader")
		if err != nil {
			t.Fatal(err)
		}
		if replaced := !strings.Contains(string(role.Source), "document"); replaced != (conflict == imports.ConflictMerge) {
			t.Errorf("%s: the role is %s", conflict, role.Source)
		}
	}
}

// TestSecuritiesNeedTheOperator: somebody who may import users does not say what
// users may do.
func TestSecuritiesNeedTheOperator(t *testing.T) {
	b := newBench(t, t.TempDir())
	counts, lines := b.bringAs(t, admin, `{"roles":{"god":{"controllers":{"*":{"actions":{"*":true}}}}},"users":{"a":{"content":{"profileIds":["default"]}}}}`, importer.Options{})
	if diff := cmp.Diff(importer.Counts{Rows: 2, Created: 1, Skipped: 1}, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]reportLine{{1, "roles.god", "import.operator_only"}}, lines); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if _, err := b.Users.Rights.Role(t.Context(), "god"); err == nil {
		t.Error("the role was written")
	}
}
