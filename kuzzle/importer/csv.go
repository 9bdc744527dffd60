package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/columns"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/records"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// table reads CSV: a header, then one user per record.
type table struct {
	records *records.Reader
	columns []rows.Field
	finish  func(*Row)
	number  int64
	unused  []string
	// header has the names of the columns.
	header []string
	// decode reads a record as the object that it stands for, nil for none.
	decode decoder
	// short tells whether records may have fewer fields than the header.
	short bool
	// nulls are the texts that mean "no value" in every column. A text is one of them if a
	// column that cannot hold text has it.
	nulls map[string]bool
}

// layout maps the columns of a source to fields.
type layout struct {
	columns map[string]string
	// header has the columns of a table without a header.
	header []string
	// finish completes a row from several columns.
	finish func(*Row)
	// decode reads a row as the object that it stands for.
	decode decoder
}

// openTable reads the header. The meaning of a column comes from mapped, else from the
// layout; columns that neither knows are left out.
func openTable(in *bufio.Reader, l layout, mapped map[string]string) (*table, error) {
	head, _ := in.Peek(texts.Peeked) // less is fine
	head = bytes.Clone(head)
	r, err := records.Open(in)
	if err != nil {
		return nil, err
	}
	header := l.header
	if header == nil {
		if header, err = r.Header(); err != nil {
			return nil, err
		}
	}
	t := &table{records: r, finish: l.finish, decode: l.decode, short: l.header != nil}
	if reason := values.Unreadable(strings.Join(header, "")); reason != "" {
		return nil, texts.Broken("its header is not text: %s", reason)
	}
	left := len(mapped)
	for i, name := range header {
		name = strings.Join(strings.Fields(name), " ")
		header[i] = name
		f, known := rows.Field(mapped[name]), mapped[name] != ""
		if known {
			left--
		} else {
			var means string
			means, known = l.columns[columns.Plain(name)]
			f = rows.Field(means)
		}
		switch {
		case known && slices.Contains(header[:i], name):
			return nil, texts.Broken("two of its columns have the name %q; rename one of them", name)
		case !known && name == "":
			f = rows.Ignored // the empty name after a comma at the end of the header
		case !known:
			f = rows.UnknownField
		}
		if f == rows.UnknownField && l.decode == nil {
			t.unused = append(t.unused, name)
		}
		t.columns = append(t.columns, f)
	}
	if left > 0 {
		return nil, &OptionError{"map", fmt.Sprintf("names a column that the file does not have; it has %s", strings.Join(slices.Clone(header), ", "))}
	}
	if !slices.ContainsFunc(t.columns, rows.Field.Identifies) {
		return nil, texts.Broken("no column is known to hold an id, a user name, an e-mail address or a phone number; name the columns in the first line, and say which of them does, such as --map login=username")
	}
	t.nulls, t.header = t.written(head), slices.Clone(header)
	return t, nil
}

// written returns the texts for "no value" that stand in columns which cannot hold text, in
// the first records of a table. A user's name may be such a text.
func (t *table) written(head []byte) map[string]bool {
	found := map[string]bool{}
	for record := range records.Sample(head) {
		for i, value := range record[:min(len(record), len(t.columns))] {
			if value = strings.TrimSpace(value); t.columns[i].Typed() && values.IsNull(value) {
				found[value] = true
			}
		}
	}
	return found
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
		row.Spoil("", "%v", bad)
		return row, nil
	case t.short && len(record) < len(t.columns):
		record = append(slices.Clone(record), make([]string, len(t.columns)-len(record))...)
	case len(record) < len(t.columns) || strings.Join(record[len(t.columns):], "") != "":
		if first, last := t.records.Lines(record); first < last {
			row.Spoil("", "the row in lines %d to %d has %d fields instead of %d; it may hide others behind a wrong quote", first, last, len(record), len(t.columns))
		}
		row.Spoil("", "the row has %d fields instead of %d", len(record), len(t.columns))
		return row, nil
	}
	if t.decode != nil {
		decodeInto(row, t.object(record), "", t.decode)
		return row, nil
	}
	var late []int
	for i, value := range record[:len(t.columns)] {
		f := t.columns[i]
		if t.nulls[strings.TrimSpace(value)] {
			value = ""
		}
		switch {
		case f == rows.UnknownField && value != "":
			row.AddUnknown(t.header[i], value)
		case f.Late():
			late = append(late, i)
		case f == rows.DigestField, f == rows.PasswordField:
			row.Assign(f, value)
		default:
			row.Assign(f, strings.TrimSpace(value))
		}
	}
	for _, i := range late {
		row.Assign(t.columns[i], strings.TrimSpace(record[i]))
	}
	if t.finish != nil {
		t.finish(row)
	}
	return row, nil
}

// object returns a record as an object of texts.
func (t *table) object(record []string) []byte {
	texts := map[string]string{}
	for i, value := range record[:len(t.columns)] {
		if value = strings.TrimSpace(value); t.nulls[value] {
			value = ""
		}
		texts[t.header[i]] = value
	}
	return []byte(values.JSON(texts))
}

// Unused implements leaver.
func (t *table) Unused() []string { return t.unused }
