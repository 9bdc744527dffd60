package importer_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestLongNumbers: ids of 64 bits are not rounded, so that no two people become one user, and
// neither are numbers in metadata.
func TestLongNumbers(t *testing.T) {
	const one, other = "1234567890123456781", "1234567890123456782"
	for format, user := range map[string]string{
		"json":        `{"id":ID,"username":"userID","accountMetadata":{"private":{"n":ID}},"backupCodes":[12345678,23456789]}`,
		"laravel":     `{"id":ID,"username":"userID","email_verified_at":null,"remember_token":"","accountMetadata":{"private":{"n":ID}}}`,
		"better-auth": `{"id":ID,"username":"userID","emailVerified":false,"createdAt":"2024-01-01","accounts":[],"accountMetadata":{"private":{"n":ID}}}`,
		"mongodb":     `{"_id":{"$numberLong":"ID"},"username":"userID","accountMetadata":{"private":{"n":ID}},"score":{"$numberDouble":"NaN"}}`,
		"auth0":       `{"user_id":"ID","username":"userID","app_metadata":{"n":ID},"seen":ID}`,
		"kratos":      `{"id":"ID","traits":{"username":"userID"},"metadata_admin":{"n":ID}}`,
		"clerk":       `{"object":"user","id":"ID","username":"userID","email_addresses":[],"private_metadata":{"n":ID}}`,
	} {
		t.Run(format, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			text := strings.ReplaceAll(user, "ID", one) + "\n" + strings.ReplaceAll(user, "ID", other) + "\n"
			p, report, err := b.bring(t, strings.NewReader(text), importer.Options{Format: format, OnConflict: imports.ConflictMerge, Keep: "private", Source: "source"})
			if err != nil || p.Created != 2 {
				t.Fatalf("%+v, %v\n%s", p.Counts, err, report)
			}
			out := string(export(t, b, true))
			for _, id := range []string{one, other} {
				if !strings.Contains(out, `"n":"`+id+`"`) {
					t.Errorf("the metadata has lost %s:\n%s", id, out)
				}
				if format != "clerk" && !strings.Contains(out, `"source:`+id+`"`) {
					t.Errorf("no user has the account %s:\n%s", id, out)
				}
			}
			if format == "json" && !strings.Contains(out, `"backupCodes":["12345678","23456789"]`) {
				t.Errorf("the codes are others:\n%s", out)
			}
		})
	}
}
