package importer_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// exported is a file in testdata/systems, and what is to become of its users, whose password
// is that of everybody in testdata/field.
type exported struct {
	file, format     string
	created, skipped int64
	// opens log in, shut do not.
	opens, shut string
	// told are fields in the report.
	told string
	// has are parts of the export of the users.
	has []string
}

var exportedFiles = []exported{
	{file: "appwrite.json", format: "appwrite", created: 8, skipped: 1, opens: "appy1@example.com appy2@example.com +12015550130 appy3@example.com appy4@example.com appy6@example.com appy9@example.com",
		shut: "appy5@example.com appy7@example.com appy8@example.com", told: "disabled password",
		has: []string{`"theme":"dark"`, `"fullname":"Appy 1"`}},
	{file: "authjs.json", format: "authjs", created: 3, shut: "next1@example.com", has: []string{`"google:90001"`, `"authjs:2"`}},
	{file: "better-auth.ndjson", format: "better-auth", created: 4, skipped: 1, opens: "ada1 ada1@example.com +12015550111 cyd1 dee1", shut: "bob1 eve@example.com", told: "disabled",
		has: []string{`"github:4711"`, `"google:1155"`, `"picture":"https://example.com/ada.png"`, `"banReason":"late"`}},
	{file: "better-auth-user.csv", format: "better-auth", created: 4, skipped: 1, shut: "ada1 bob1", told: "disabled accounts"},
	{file: "better-auth-account.csv", format: "better-auth", skipped: 6, shut: "ada1"},
	{file: "devise.csv", format: "devise", created: 5, opens: "dev1 dev1@example.com dev2 dev4 dev5@example.com", shut: "dev3 new5@example.com", has: []string{`"github:1234"`, `"new5@example.com"`, `"lockedAt"`}},
	{file: "devise.json", format: "devise", created: 5, opens: "dev1 dev2 dev4 dev5", shut: "dev3"},
	{file: "fusionauth.json", format: "fusionauth", created: 6, skipped: 2, opens: "fusion1 fusion2 fusion3@example.com fusion6", shut: "fusion4 fusion5 fusion7 fusion8", told: "disabled encryptionScheme",
		has: []string{`"plan":"gold"`, `"secret":"JBSWY3DPEHPK3PXP"`}},
	{file: "google-workspace.csv", format: "google-workspace", created: 2, skipped: 1, shut: "goo1@example.com", told: "disabled", has: []string{`"orgUnitPath":"/Sales"`, `"goo1@example.org"`}},
	{file: "laravel.csv", format: "laravel", created: 3, skipped: 1, opens: "lara1@example.com lara3@example.com", shut: "lara4@example.com", told: "deletedAt"},
	{file: "laravel.json", format: "laravel", created: 3, skipped: 1, opens: "lara1@example.com", shut: "lara4@example.com", told: "deletedAt"},
	{file: "phpmyadmin.json", format: "laravel", created: 3, skipped: 1, opens: "lara1@example.com", shut: "lara4@example.com", told: "deletedAt"},
	{file: "meteor.ndjson", format: "meteor", created: 3, opens: "meteor1 meteor1@example.com meteor2", shut: "meteor3", has: []string{`"google:77003"`, `"city":"Bern"`, `"secret":"JBSWY3DPEHPK3PXP"`}},
	{file: "mongodb.ndjson", format: "mongodb", created: 3, opens: "pass1 pass1@example.com pass2", shut: "pass3", has: []string{`"mongodb:65a000000000000000000001"`}},
	{file: "mongodb-canonical.json", format: "mongodb", created: 1, opens: "olga@example.com", has: []string{`"createdAt":1704164645000`}},
	{file: "okta.csv", format: "okta", created: 3, skipped: 3, shut: "okta1@example.com", told: "disabled", has: []string{`"state":"TX"`, `"second1@example.org"`}},
	{file: "okta.json", format: "okta", created: 3, skipped: 3, shut: "okta1@example.com", told: "disabled", has: []string{`"state":"TX"`}},
	{file: "parse.ndjson", format: "parse", created: 3, opens: "parse1 parse1@example.com parse2", shut: "parse3", has: []string{`"google:88003"`, `"parse:parse00001"`}},
	{file: "pocketbase.csv", format: "pocketbase", created: 2, opens: "pocket1@example.com"},
	{file: "pocketbase.json", format: "pocketbase", created: 2, opens: "pocket1@example.com pocket2@example.com"},
	{file: "supertokens.json", format: "supertokens", created: 2, opens: "super1@example.com super2@example.com", has: []string{`"google:77000001"`, `"secret":"JBSWY3DPEHPK3PXP"`}},
	{file: "zitadel.json", format: "zitadel", created: 4, skipped: 1, opens: "zita1 zita1@example.com +12015550120 zita2 zita5", shut: "zita3 zita4", told: "disabled",
		has: []string{`"124425861423228496:5550"`, `"nickname":"Z"`, `"secret":"JBSWY3DPEHPK3PXP"`, `"lockedAt"`}},
	{file: "zitadel-users.json", format: "zitadel", created: 1, skipped: 1, shut: "list1", has: []string{`"fullname":"Li St"`}},
}

// TestSystems imports the files of each system, as its own programs write them, with no flag.
func TestSystems(t *testing.T) {
	for _, c := range exportedFiles {
		t.Run(c.file, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			text := testdata(t, filepath.Join("systems", c.file))
			p, report, err := b.bring(t, bytes.NewReader(text), importer.Options{})
			if err != nil || p.Format != c.format || p.Created != c.created || p.Skipped != c.skipped || p.Failed != 0 {
				t.Fatalf("as %s: %+v, %v\n%s", p.Format, p.Counts, err, report)
			}
			for field := range strings.FieldsSeq(c.told) {
				if !strings.Contains(report, `"field":"`+field+`"`) {
					t.Errorf("the report does not tell of %s", field)
				}
			}
			if c.told == "" && c.skipped == 0 && refused(report) != "" {
				t.Errorf("the report tells %s", report)
			}
			for name := range strings.FieldsSeq(c.opens) {
				if err := b.login(t, name, fieldPassword); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if b.login(t, name, fieldPassword+"x") == nil {
					t.Errorf("%s logs in with another password", name)
				}
			}
			passwords := []string{fieldPassword, "****", "ya29.secret"}
			_, rows, _, _ := importer.Glance(text, importer.Options{}, 9) // it was read before
			for _, row := range rows {
				passwords = append(passwords, row.Digest, row.Password)
			}
			for name := range strings.FieldsSeq(c.shut) {
				for _, password := range passwords {
					if password != "" && b.login(t, name, password) == nil {
						t.Errorf("%s logs in", name)
					}
				}
			}
			out := string(export(t, b, true))
			for _, part := range c.has {
				if !strings.Contains(out, part) {
					t.Errorf("the export has no %s:\n%s", part, out)
				}
			}
			for _, secret := range []string{"ya29", "gho_", "remember", "eyJpdiI", "tokenKey", "_acl", "resume"} {
				if strings.Contains(out, secret) {
					t.Errorf("the export has %s:\n%s", secret, out)
				}
			}
			again, report, err := b.bring(t, bytes.NewReader(text), importer.Options{OnConflict: imports.ConflictMerge})
			if err != nil || again.Created+again.Merged+again.Failed != 0 {
				t.Errorf("again: %+v, %v\n%s", again.Counts, err, report)
			}
		})
	}
}
