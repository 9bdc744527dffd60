package importer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
)

// TestTwoMeanings: of two columns or keys that both mean the id, a name or a part of the password
// none is taken at random, since that would make two people one user.
func TestTwoMeanings(t *testing.T) {
	const digest, other = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy", "$2b$10$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	for name, text := range map[string]string{
		"id":             "id,uid,email\n7,,a@example.com\n9,7,b@example.com\n",
		"passwordDigest": "email,hash,password_digest\na@example.com," + digest + "," + digest + "\nb@example.com," + other + "," + digest + "\n",
		"username":       `{"id":1,"login":"a","email":"a@example.com"}` + "\n" + `{"id":2,"login":"b","username":"c","email":"b@example.com"}`,
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			p, report, err := b.bring(t, strings.NewReader(text), importer.Options{OnConflict: imports.ConflictMerge})
			if err != nil || p.Created != 1 || p.Failed != 1 || p.Merged != 0 || !strings.Contains(report, `"row":2,"field":"`+name+`","reason":"two columns`) {
				t.Errorf("%+v, %v\n%s", p.Counts, err, report)
			}
		})
	}
	b := newBench(t, t.TempDir())
	p, report, err := b.bring(t, strings.NewReader("id,uid,email\n7,,a@example.com\n9,7,b@example.com\n"), importer.Options{Map: map[string]string{"uid": string(rows.Ignored)}})
	if err != nil || p.Created != 2 {
		t.Errorf("with --map: %+v, %v\n%s", p.Counts, err, report)
	}
}

// TestTwoMembers: of two members that mean the same in a system, the same one counts every time,
// and the report names the other.
func TestTwoMembers(t *testing.T) {
	b := newBench(t, t.TempDir())
	var text strings.Builder
	for i := range 20 {
		fmt.Fprintf(&text, `{"_id":{"$oid":"65f0000000000000000000%02d"},"id":"user-%[1]d","email":"u%[1]d@example.com","avatar":"a.png","image":"b.png","confirmed":true,"isVerified":false}`+"\n", i)
	}
	p, report, err := b.bring(t, strings.NewReader(text.String()), importer.Options{})
	if err != nil || p.Format != "mongodb" || p.Created != 20 || p.Unknown["image"] != 20 || p.Unknown["id"] != 20 {
		t.Fatalf("%+v, %v\n%s", p, err, report)
	}
	out := string(export(t, b, true))
	if strings.Contains(out, "b.png") || strings.Contains(out, `"emailVerified":true`) || strings.Count(out, `"mongodb:65f`) != 20 {
		t.Errorf("members are taken at random:\n%s", out)
	}
	if p, report, err = b.bring(t, strings.NewReader(text.String()), importer.Options{}); err != nil || p.Unchanged != 20 {
		t.Errorf("again: %+v, %v\n%s", p.Counts, err, report)
	}
	b = newBench(t, t.TempDir())
	p, report, err = b.bring(t, strings.NewReader(text.String()), importer.Options{Map: map[string]string{"id": string(rows.IDField)}, Source: "own"})
	if out := string(export(t, b, true)); err != nil || !strings.Contains(out, `"own:user-1"`) {
		t.Errorf("with --map: %+v, %v\n%s\n%s", p.Counts, err, report, out)
	}
}
