package importer_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestOneAddressTaken: of several addresses a user loses only those that another user has. The
// others stay verified login names, and the same file changes nothing again. If several are held, all
// of them stay unverified.
func TestOneAddressTaken(t *testing.T) {
	b := newBench(t, t.TempDir())
	const text = `{"id":1,"username":"una","emails":[{"value":"shared@example.com","verified":true},{"value":"una@example.com","verified":true}]}
{"id":2,"username":"duo","emails":[{"value":"duo@example.com","verified":true},{"value":"shared@example.com","verified":true},{"value":"two@example.com","verified":true}],"password":"correct horse 2"}
{"id":3,"username":"tre","emails":[{"value":"shared@example.com","verified":true},{"value":"tre@example.com","verified":true}],"password":"correct horse 3"}
{"id":4,"username":"four","emails":[{"value":"shared@example.com","verified":true},{"value":"una@example.com","verified":true},{"value":"four@example.com","verified":true}]}
`
	for _, want := range []importer.Counts{{Rows: 4, Created: 4}, {Rows: 4, Unchanged: 4}} {
		p, report, err := b.bring(t, strings.NewReader(text), importer.Options{})
		if err != nil || p.Counts != want || want.Created > 0 && p.Fields["email"] != 3 {
			t.Fatalf("%+v, %v\n%s", p, err, report)
		}
	}
	for account, want := range map[string]string{
		"json:2": "duo@example.com two@example.com", "json:3": "tre@example.com", "json:4": "",
	} {
		var verified []string
		for _, c := range b.exported(t, b.holder(t, account)).Contacts {
			if c.Verified() {
				verified = append(verified, c.Value)
			}
		}
		if got := strings.Join(verified, " "); got != want {
			t.Errorf("%s has the verified addresses %q, want %q", account, got, want)
		}
	}
	if err := b.login(t, "duo", "correct horse 2"); err != nil {
		t.Error(err)
	}
	if holder := b.holder(t, "json:2"); b.exported(t, holder).Content["emailVerified"] != true {
		t.Error("the address that nobody else has is not verified")
	}
}
