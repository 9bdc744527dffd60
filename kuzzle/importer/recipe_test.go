package importer_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// flaskSalt is the SECURITY_PASSWORD_SALT of testdata/recipes, which make.py there writes.
const flaskSalt = "146585145368132386173505678016728509634"

// TestRecipes: users whose digests need a recipe, with salts and other values in columns of
// their own, log in with their passwords, here and in an instance that gets an export.
func TestRecipes(t *testing.T) {
	for _, row := range []struct {
		file    string
		options importer.Options
		// told are fields in the report.
		told []string
	}{
		{file: "flask-security.csv", options: importer.Options{Digest: "flask-security", Pepper: flaskSalt}},
		{file: "flask-security.csv", options: importer.Options{Digest: "bcrypt(base64(hmac_sha512(pepper, password)))", Pepper: flaskSalt}},
		{file: "vbulletin.csv", options: importer.Options{Digest: "vBulletin"}},
		{file: "membership.csv", options: importer.Options{Digest: "asp.net-membership"}},
		{file: "discourse.json", options: importer.Options{Digest: "discourse"}},
		{
			file: "realm.csv", told: []string{"passwordDigest"},
			options: importer.Options{Digest: "md5(concat(username, ':', site_name, ':', password))", Map: map[string]string{"ha1": "passwordDigest"}},
		},
	} {
		t.Run(row.file+" "+row.options.Digest[:8], func(t *testing.T) {
			text := testdata(t, filepath.Join("recipes", row.file))
			b := newBench(t, t.TempDir())
			p, report, err := b.bring(t, bytes.NewReader(text), row.options)
			if err != nil || p.Failed+p.Skipped != 0 || p.Created != 2+int64(len(row.told)) || p.Digests["recipe"] != 2 {
				t.Fatalf("%+v, %v\n%s", p, err, report)
			}
			if strings.Contains(report, flaskSalt) || (refused(report) == "") != (len(row.told) == 0) {
				t.Errorf("the report is %s", report)
			}
			for _, field := range row.told {
				if !strings.Contains(report, `"field":"`+field+`"`) {
					t.Errorf("the report does not tell of %s:\n%s", field, report)
				}
			}
			if strings.Contains(string(export(t, b, false)), flaskSalt) {
				t.Error("an export without digests has the pepper")
			}
			other := newBench(t, t.TempDir())
			if p, report, err := other.bring(t, strings.NewReader(string(export(t, b, true))), importer.Options{}); err != nil || report != "" || p.Created != 2+int64(len(row.told)) {
				t.Errorf("in another instance: %+v, %v\n%s", p, err, report)
			}
			if p, _, err := b.bring(t, bytes.NewReader(text), row.options); err != nil || p.Created+p.Merged != 0 {
				t.Errorf("again: %+v, %v", p.Counts, err)
			}
			for _, in := range []*bench{b, other} {
				for _, name := range []string{"ada", "bob"} {
					for range 2 { // the second time with a digest of the instance's own
						if err := in.login(t, name, fieldPassword); err != nil {
							t.Errorf("%s: %v", name, err)
						}
						if in.login(t, name, fieldPassword+"x") == nil {
							t.Errorf("%s logs in with another password", name)
						}
					}
				}
			}
			if left := string(export(t, b, true)); strings.Contains(left, "recipe") {
				t.Errorf("after the logins a digest still needs the recipe: %s", left)
			}
		})
	}
}

// TestRefusedRecipes: a recipe that cannot be used is refused before a row is read, and no
// message has the pepper.
func TestRefusedRecipes(t *testing.T) {
	const file = "username,passwordHash,salt\nada,5f4dcc3b5aa765d61d8327deb882cf99,s\n"
	for name, row := range map[string]struct {
		options        importer.Options
		option, reason string
	}{
		"broken":            {importer.Options{Digest: "md5(password"}, "digest", "character 13"},
		"a missing column":  {importer.Options{Digest: "md5(concat(pass_salt, password))"}, "digest", "pass_salt, which the file does not have; it has username, passwordHash, salt"},
		"a missing pepper":  {importer.Options{Digest: "flask-security"}, "digest", "--pepper-file"},
		"a pepper too many": {importer.Options{Digest: "vbulletin", Pepper: "hush"}, "digest", "no place for a pepper"},
		"a pepper alone":    {importer.Options{Pepper: "hush"}, "pepper", "there is none"},
		"a hasher too":      {importer.Options{Digest: "md5(password)", Hasher: "md5"}, "digest", "only one"},
		"slow":              {importer.Options{Digest: "bcrypt(bcrypt(bcrypt(bcrypt(bcrypt(password)))))"}, "digest", "at most 4"},
		"iterations":        {importer.Options{Digest: "pbkdf2_md5(password, salt, 1000000000, 16)"}, "digest", "at most 5000000"},
		"long":              {importer.Options{Digest: strings.Repeat("hex(", 2000) + "password"}, "digest", "at most 1024"},
	} {
		b := newBench(t, t.TempDir())
		_, _, err := b.bring(t, strings.NewReader(file), row.options)
		var option *importer.OptionError
		if !errors.As(err, &option) || option.Option != row.option || !strings.Contains(option.Reason, row.reason) || strings.Contains(err.Error(), "hush") || b.users() != 0 {
			t.Errorf("%s: %v and %d users, want a refusal about %s with %q", name, err, b.users(), row.option, row.reason)
		}
	}
	// A preset of digests that need no recipe is the format, or none.
	b := newBench(t, t.TempDir())
	if p, _, err := b.bring(t, strings.NewReader("username,password\nada,"+laravel+"\n"), importer.Options{Digest: "strapi"}); err != nil || p.Digests["bcrypt"] != 1 {
		t.Errorf("strapi: %+v, %v", p, err)
	}
	if text, _ := json.Marshal(importer.Options{Digest: "x"}); !strings.Contains(string(text), `"digest":"x"`) {
		t.Errorf("options over the API are %s", text)
	}
}
