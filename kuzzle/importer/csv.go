package importer

import (
	"bufio"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/records"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// table reads CSV: a header, then a user a line.
type table struct {
	records *records.Reader
	columns []field
	finish  func(*Row)
	number  int64
	unused  []string
}

// layout is what the columns of a source mean.
type layout struct {
	columns map[string]field
	// finish makes of a row what no single column tells.
	finish func(*Row)
}

// openTable reads the header. The meaning of a column is what mapped says, else
// what the layout says; what neither knows is left out.
func openTable(in *bufio.Reader, l layout, mapped map[string]string) (*table, error) {
	r, err := records.Open(in)
	if err != nil {
		return nil, err
	}
	header, err := r.Header()
	if err != nil {
		return nil, err
	}
	t := &table{records: r, finish: l.finish}
	if reason := values.Unreadable(strings.Join(header, "")); reason != "" {
		return nil, texts.Broken("its header is no text: %s", reason)
	}
	left := len(mapped)
	for i, name := range header {
		name = strings.Join(strings.Fields(name), " ")
		header[i] = name
		f, known := field(mapped[name]), mapped[name] != ""
		if known {
			left--
		} else {
			f, known = l.columns[plainName(name)]
		}
		switch {
		case known && slices.Contains(header[:i], name):
			return nil, texts.Broken("two of its columns are called %q; give one of them another name", name)
		case !known && name == "":
			f = ignored // what a comma at the end of a line makes
		case !known:
			f = ignored
			t.unused = append(t.unused, name)
		}
		t.columns = append(t.columns, f)
	}
	if left > 0 {
		return nil, &OptionError{"map", fmt.Sprintf("a column is not there; there are %s", strings.Join(slices.Clone(header), ", "))}
	}
	if !slices.ContainsFunc(t.columns, identifies) {
		return nil, texts.Broken("no column is known to hold an id, a user name, an e-mail address or a phone number; the first line has to name the columns; say which does, as in --map login=username")
	}
	return t, nil
}

func identifies(f field) bool {
	return slices.Contains([]field{idField, kuidField, usernameField, emailField, emailsField, provenEmails, phoneField, phonesField, provenPhones}, f)
}

// plainName is a column's name without what spellings differ in.
func plainName(name string) string {
	return strings.Map(func(c rune) rune {
		if c == '_' || c == '-' || c == ' ' || c == '.' {
			return -1
		}
		return c
	}, strings.ToLower(name))
}

// Next implements reader.
func (t *table) Next() (*Row, error) {
	record, err := t.records.Next()
	var bad *records.ErrQuotes
	if err != nil && !errors.As(err, &bad) {
		return nil, err
	}
	t.number++
	row := &Row{Number: t.number}
	switch {
	case bad != nil:
		row.spoil("", "%v", bad)
		return row, nil
	case len(record) < len(t.columns) || strings.Join(record[len(t.columns):], "") != "":
		row.spoil("", "it has %d fields and not %d", len(record), len(t.columns))
		return row, nil
	}
	var late []int
	for i, value := range record[:len(t.columns)] {
		switch f := t.columns[i]; f {
		case emailVerified, phoneVerified:
			late = append(late, i)
		case digestField, passwordField:
			row.assign(f, value)
		default:
			row.assign(f, strings.TrimSpace(value))
		}
	}
	for _, i := range late {
		row.assign(t.columns[i], strings.TrimSpace(record[i]))
	}
	if t.finish != nil {
		t.finish(row)
	}
	return row, nil
}

// Unused implements leaver.
func (t *table) Unused() []string { return t.unused }
