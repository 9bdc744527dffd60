package importer

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// table reads CSV: a header, then a user a line.
type table struct {
	csv     *csv.Reader
	limit   *limited
	columns []field
	finish  func(*Row)
	number  int64
	unused  []string
}

// limited ends a record that is longer than a row may be: the csv package would
// keep all of it.
type limited struct {
	from *bufio.Reader
	left int
}

// ahead is what the csv package reads beyond a record.
const ahead = 8 << 10

func (l *limited) reset() { l.left = MaxRowBytes + ahead }

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errLong
	}
	n, err := l.from.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
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
	head, err := in.Peek(1)
	if err != nil {
		return nil, cutShort(err)
	}
	_ = head
	limit := &limited{from: in}
	limit.reset()
	t := &table{csv: csv.NewReader(limit), limit: limit, finish: l.finish}
	t.csv.Comma = delimiter(in)
	t.csv.FieldsPerRecord = -1
	t.csv.ReuseRecord = true
	header, err := t.csv.Read()
	if err != nil {
		return nil, cutShort(err)
	}
	if len(header) > maxColumns {
		return nil, broken("it has %d columns; at most %d are read", len(header), maxColumns)
	}
	if reason := unreadable(strings.Join(header, "")); reason != "" {
		return nil, broken("its header is no text: %s", reason)
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
		if !known {
			f = ignored
			t.unused = append(t.unused, name)
		}
		t.columns = append(t.columns, f)
	}
	if left > 0 {
		return nil, &OptionError{"map", fmt.Sprintf("a column is not there; there are %s", strings.Join(slices.Clone(header), ", "))}
	}
	if !slices.ContainsFunc(t.columns, identifies) {
		return nil, broken("no column is known to hold an id, a user name, an e-mail address or a phone number; say which does, as in --map login=username")
	}
	return t, nil
}

func identifies(f field) bool {
	return slices.Contains([]field{idField, kuidField, usernameField, emailField, emailsField, phoneField, phonesField}, f)
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

// delimiter is what there is most of in the first line.
func delimiter(in *bufio.Reader) rune {
	head, _ := in.Peek(peeked) // shorter is fine
	line, _, _ := bytes.Cut(head, []byte("\n"))
	best, most := ',', bytes.Count(line, []byte(","))
	for _, c := range ";\t" {
		if n := bytes.Count(line, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// Next implements reader.
func (t *table) Next() (*Row, error) {
	t.limit.reset()
	record, err := t.csv.Read()
	var bad *csv.ParseError
	if errors.Is(err, io.EOF) || err != nil && !errors.As(err, &bad) {
		return nil, cutShort(err)
	}
	t.number++
	row := &Row{Number: t.number}
	switch {
	case errors.Is(err, errLong):
		return nil, cutShort(errLong)
	case bad != nil:
		row.spoil("", "the quotes are wrong in line %d", bad.Line)
		return row, nil
	case len(record) != len(t.columns):
		row.spoil("", "it has %d fields and not %d", len(record), len(t.columns))
		return row, nil
	}
	var late []int
	for i, value := range record {
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

// cutShort says why a file cannot be read on.
func cutShort(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, ErrFile):
		return err
	case errors.Is(err, errLong):
		return broken("a record is longer than %d bytes; a quote that is never closed does that", MaxRowBytes)
	}
	return fmt.Errorf("%w: %w", ErrFile, err)
}
