package importer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestSummary checks that the end of an import counts everything that comes and that stays behind.
func TestSummary(t *testing.T) {
	const file = `[
		{"username":"ada","passwordDigest":"5f4dcc3b5aa765d61d8327deb882cf99","passwordHasher":"md5","factors":{"totpSecret":"JBSWY3DPEHPK3PXP"}},
		{"username":"bob","password":"open sesame","mustChangePassword":true,"factors":{"backupCodes":["abcd-efgh-1234"]}},
		{"username":"carl","lockedAt":"2024-01-01T00:00:00Z","emails":[{"value":"carl@example.com","verified":false}]},
		{"username":"dan","disabled":true,"createdAt":"soon"},
		{"username":"ADA"},
		{"shoe":43}
	]`
	b := newBench(t, t.TempDir())
	p, report, err := b.bring(t, strings.NewReader(file), importer.Options{IncludeDisabled: true})
	if err != nil {
		t.Fatal(err, report)
	}
	want := importer.Lacks{
		WithPassword: 2, NoPassword: 2, FieldsLeft: 1,
		Fields: map[string]int64{"createdAt": 1}, Refused: map[string]int64{"id": 2}, Digests: map[string]int64{"md5": 1},
		Factors: map[string]int64{"authenticator app": 1, "backup codes": 1},
		States:  map[string]int64{"banned": 1, "locked": 1, "with a password to change": 1, "with an unverified address": 1},
	}
	if diff := cmp.Diff(want, p.Lacks); diff != "" || p.Created != 4 || p.Failed != 2 {
		t.Errorf("%+v\n%s\n%s", p.Counts, diff, report)
	}
	again, report, err := b.bring(t, strings.NewReader(file), importer.Options{})
	want = importer.Lacks{Refused: map[string]int64{"disabled": 1, "id": 2}}
	if diff := cmp.Diff(want, again.Lacks); diff != "" || err != nil || again.Unchanged != 3 || again.Skipped != 1 {
		t.Errorf("again: %+v, %v\n%s\n%s", again.Counts, err, diff, report)
	}
}

// TestMergeTellsChanges checks that the report and the progress name the fields that a merge changes,
// and no value.
func TestMergeTellsChanges(t *testing.T) {
	b := newBench(t, t.TempDir())
	for _, step := range []struct {
		file   string
		dry    bool
		report string
		want   map[string]int64
	}{
		{file: "username,name,plan\nada,Ada,basic-plan\nbob,Bob,basic-plan\n"},
		{file: "username,name,plan\nada,Adele,pro-plan\nbob,Bob,pro-plan\n", dry: true, want: map[string]int64{"content.fullname": 1, "content.plan": 2},
			report: `{"row":1,"field":"content.fullname, content.plan","reason":"the merge would change it"}` + "\n" +
				`{"row":2,"field":"content.plan","reason":"the merge would change it"}` + "\n"},
		{file: "username,name,plan\nada,Adele,pro-plan\nbob,Bob,pro-plan\n", want: map[string]int64{"content.fullname": 1, "content.plan": 2},
			report: `{"row":1,"field":"content.fullname, content.plan","reason":"changed by the merge"}` + "\n" +
				`{"row":2,"field":"content.plan","reason":"changed by the merge"}` + "\n"},
		{file: "username,name,plan\nada,Adele,pro-plan\nbob,Bob,pro-plan\n"},
	} {
		p, report, err := b.bring(t, strings.NewReader(step.file), importer.Options{
			OnConflict: imports.ConflictMerge, DryRun: step.dry, Map: map[string]string{"plan": "content.plan", "name": "content.fullname"},
		})
		if diff := cmp.Diff(step.want, p.Changed); diff != "" || err != nil || report != step.report {
			t.Errorf("%+v, %v\n%s\n%s", p.Counts, err, diff, report)
		}
	}
}
