package records_test

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/records"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// TestTabs: between tabs there are fields of databases, which quote nothing, and of spreadsheets. A
// field that may go on in the next line ends the table, so that it hides no row and forges none.
func TestTabs(t *testing.T) {
	for _, c := range []struct {
		text, broken string
		want         [][]string
	}{
		{text: "1\t12\" pipe\ta\n\n2\t\t\"\"\r\n", want: [][]string{{"1", `12" pipe`, "a"}, {"2", "", ""}}},
		{text: "1\t\"say \"\"x\"\"\"\t\"a, b\"\n2\t\"a\" or \"b\"\tx", want: [][]string{{"1", `say "x"`, "a, b"}, {"2", `"a" or "b"`, "x"}}},
		{text: "1\tx\n2\tbob\tb\n3\tx\ty\tz\n", want: [][]string{{"1", "x"}, {"2", "bob", "b"}, {"3", "x", "y", "z"}}},
		{text: "0\ta\tb\n1\t\"x\ta\n2\tbob\tb\n3\ty\"\tc\n", want: [][]string{{"0", "a", "b"}}, broken: "line 3 begins with a quote"},
		{text: "1\t\"x\n99\tadmin\tb\ny\"\tc\n", broken: "line 2 begins with a quote"},
		{text: "1\t\"x\ty\n99\tadmin\tb\ny\"\tc\n", broken: "line 2 begins with a quote"},
		{text: "1\t\"\"\"\tc\n", broken: "line 2 begins with a quote"},
		{text: "1\t\"\tc\n", broken: "line 2 begins with a quote"},
	} {
		r, err := records.Open(bufio.NewReaderSize(strings.NewReader("id\tname\tnote\n"+c.text), texts.Peeked))
		if err != nil {
			t.Fatal(err)
		}
		if header, err := r.Header(); err != nil || len(header) != 3 {
			t.Fatal(header, err)
		}
		var got [][]string
		record, err := r.Next()
		for ; err == nil; record, err = r.Next() {
			got = append(got, record)
		}
		if c.broken == "" && !errors.Is(err, io.EOF) || c.broken != "" && !strings.Contains(err.Error(), c.broken) {
			t.Errorf("%q: %v", c.text, err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%q (-want +got):\n%s", c.text, diff)
		}
	}
}
