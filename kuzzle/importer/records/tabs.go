package records

import (
	"bufio"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// tabbed reads records between tabs. Databases write them without quotes around fields, so that a
// user's name may begin with a quote. Spreadsheets write some fields in quotes, with tabs and ends
// of lines inside. A field that begins with a quote and does not end with one is of either kind:
// there a name could hide the rows behind it, or be a row itself, so the table ends.
type tabbed struct {
	in   *bufio.Reader
	buf  []byte
	line int
}

// Next reads a record.
func (t *tabbed) Next() ([]string, error) {
	for {
		t.line++
		line, err := texts.ReadLine(t.in, &t.buf)
		if err != nil {
			return nil, err
		}
		if len(line) == 0 {
			continue
		}
		fields := strings.Split(string(line), "\t")
		for i, field := range fields {
			inside, is := strings.CutPrefix(field, `"`)
			if !is {
				continue
			}
			switch single := strings.IndexByte(strings.ReplaceAll(inside, `""`, "  "), '"'); {
			case single >= 0 && single < len(inside)-1:
				continue // such as "a" or "b"
			case single < 0:
				return nil, texts.Broken("a field in line %d begins with a quote and does not end with one, and between tabs that has two meanings: remove the quote, or write the table with commas", t.line)
			}
			fields[i] = strings.ReplaceAll(inside[:len(inside)-1], `""`, `"`)
		}
		return fields, nil
	}
}
