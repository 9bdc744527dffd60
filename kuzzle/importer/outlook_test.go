package importer_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/importer"
)

// A stream is looked at only as far as it was read, a file as a whole, and whoever says no has
// nothing imported.
func TestOutlook(t *testing.T) {
	var text strings.Builder
	text.WriteString("id,username,shoe,hat\n")
	const rows = 20_000
	for i := range rows {
		fmt.Fprintf(&text, "u%d,name%d,%d,\n", i, i, 40+i%5)
	}
	no := errors.New("no")
	for _, c := range []struct {
		name  string
		from  io.Reader
		whole bool
	}{
		{"a file", strings.NewReader(text.String()), true},
		{"a compressed file", strings.NewReader(gzipped(text.String())), true},
		{"a stream", struct{ io.Reader }{strings.NewReader(text.String())}, false},
		{"a short stream", struct{ io.Reader }{strings.NewReader(text.String()[:strings.Index(text.String(), "u9,")])}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			b := newBench(t, t.TempDir())
			var seen []importer.Outlook
			var report bytes.Buffer
			run := importer.Run{From: c.from, Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(&report)}
			run.Confirm = func(o importer.Outlook) error {
				seen = append(seen, o)
				return no
			}
			if _, err := run.Do(t.Context()); !errors.Is(err, no) || len(seen) != 1 || b.users() != 0 {
				t.Fatalf("got %v, asked %d times, %d users", err, len(seen), b.users())
			}
			o := seen[0]
			if len(o.Unknown) != 1 || o.Unknown[0].Name != "shoe" || o.Unknown[0].Example != `"40"` || o.Unknown[0].Rows != o.Rows {
				t.Errorf("got %+v", o)
			}
			if o.Format != "csv" || !o.Table || o.Whole != c.whole || (o.Rows == rows) != (c.whole && c.name != "a short stream") {
				t.Errorf("looked at %d rows of a %s, whole %v", o.Rows, o.Format, o.Whole)
			}
		})
	}
}

// After a yes the import is the same as without a question, and a file that loses nothing asks none.
func TestOutlookChangesNothing(t *testing.T) {
	for _, c := range []struct {
		text    string
		options importer.Options
		asked   int
	}{
		{"username,shoe\nada,43\nbob,44\n", importer.Options{}, 1},
		{"username,shoe\nada,43\nbob,44\n", importer.Options{Keep: "private"}, 0},
		{"username,shoe\nada,43\nbob,44\n", importer.Options{Keep: importer.Drop}, 0},
		{"username,shoe\nada,\nbob,\n", importer.Options{}, 0},
		{"username,password,shoe\nada,open sesame,43\nbob,open sesame,44\n", importer.Options{}, 1},
		{`[{"username":"ada","shoe":43},{"username":"bob"}]`, importer.Options{}, 1},
		{`{"users":{"a":{"content":{"profileIds":["p"]}},"b":{"content":{"profileIds":["p"]}}},"profiles":{"p":{"policies":[{"roleId":"default"}]}}}`, importer.Options{}, 0},
	} {
		for _, from := range []io.Reader{strings.NewReader(c.text), struct{ io.Reader }{strings.NewReader(c.text)}} {
			b := newBench(t, t.TempDir())
			asked := 0
			var report bytes.Buffer
			run := importer.Run{From: from, Options: c.options, Sink: importer.Into(b.Accounts, operator), Report: importer.NewReport(&report)}
			run.Confirm = func(importer.Outlook) error { asked++; return nil }
			if _, err := run.Do(t.Context()); err != nil || asked != c.asked || b.users() != 2 {
				t.Errorf("%q, %+v: %v, asked %d times, %d users\n%s", c.text, c.options, err, asked, b.users(), &report)
			}
		}
	}
}
