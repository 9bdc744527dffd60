package importer_test

import (
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/imports"
	"github.com/gokuzzle/kuzzle/kuzzle/accounts/users"
	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// TestReportOfLookAlikes: the report names each row whose name mixes scripts, or
// looks like one that another row or user has, and says which of the two it is.
func TestReportOfLookAlikes(t *testing.T) {
	for _, how := range []importer.Options{{}, {OnConflict: imports.ConflictMerge}, {DryRun: true}} {
		t.Run(string(how.OnConflict)+map[bool]string{true: "dry"}[how.DryRun], func(t *testing.T) { reportLookAlikes(t, how) })
	}
}

func reportLookAlikes(t *testing.T, how importer.Options) {
	b := newBench(t, t.TempDir())
	_, doc, err := users.ReadNaming(t.Context(), b.store, users.NamingPart{})
	if err == nil {
		_, err = users.WriteNaming(t.Context(), b.store, users.NamingPart{LookAlikes: true}, doc)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Names.FixNaming(t.Context()); err != nil {
		t.Fatal(err)
	}
	row := func(name string) string {
		return `{"username":"` + name + `","password":"$2b$04$abcdefghijklmnopqrstuu5s2v8.iXieOjg/.AySBTTZIIVFJeBui"}` + "\n"
	}
	from := row("coco") + row("\u0441\u043e\u0441\u043e") + row("\u0430dmin") + row("\u0418\u0432\u0430\u043d")
	p, report, err := b.bring(t, strings.NewReader(from), how)
	if err != nil {
		t.Fatal(err)
	}
	if got := b.users(); got != 2 && !how.DryRun {
		t.Errorf("got %d users, want 2: %+v\n%s", got, p, report)
	}
	holder, _ := b.Names.Named(t.Context(), "coco") // nobody in a dry run
	first := `{"row":2,"field":"username","reason":"The username \"` + "\u0441\u043e\u0441\u043e" + `\" looks like one that the user ` + holder.Kuid + ` has. Choose another."}`
	if how.DryRun { // of two rows that are not written it says no more
		first = `{"row":2,"field":"username","reason":"The username is already used. Choose another."}`
	}
	want := first + "\n" + `{"row":3,"field":"username","reason":"The username mixes scripts in an unusual way, such as Latin and Cyrillic. Write it in one script."}`
	if got := strings.TrimSpace(report); got != want {
		t.Errorf("the report says\n%s\nwant\n%s", got, want)
	}
}
