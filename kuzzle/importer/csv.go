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

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
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
		return 0, texts.ErrLong
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
	if _, err := in.Peek(1); err != nil {
		return nil, cutShort(err)
	}
	in = ended(in)
	comma, err := separator(in)
	if err != nil {
		return nil, noHeader(err)
	}
	limit := &limited{from: in}
	limit.reset()
	t := &table{csv: csv.NewReader(limit), limit: limit, finish: l.finish}
	t.csv.Comma = comma
	t.csv.FieldsPerRecord = -1
	t.csv.ReuseRecord = true
	header, err := t.csv.Read()
	if err != nil {
		return nil, noHeader(err)
	}
	if len(header) > maxColumns {
		return nil, texts.Broken("it has %d columns; at most %d are read", len(header), maxColumns)
	}
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

// firstLine is what is read next up to the end of its line.
func firstLine(in *bufio.Reader) []byte {
	head, _ := in.Peek(texts.Peeked) // shorter is fine
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return line
}

// ended gives lines that end in CR alone, as some spreadsheets write them, the
// usual end.
func ended(in *bufio.Reader) *bufio.Reader {
	head, _ := in.Peek(texts.Peeked) // shorter is fine
	if bytes.IndexByte(head, '\n') >= 0 || bytes.IndexByte(head, '\r') < 0 {
		return in
	}
	return bufio.NewReaderSize(linesOfCR{in}, texts.Peeked)
}

type linesOfCR struct{ from io.Reader }

func (l linesOfCR) Read(p []byte) (int, error) {
	n, err := l.from.Read(p)
	for i, c := range p[:n] {
		if c == '\r' {
			p[i] = '\n'
		}
	}
	return n, err
}

// separators are what may stand between the fields of a row.
const separators = ",;\t|"

// separator is the one that a line before the header names, as Excel has it, else
// the one of which there is most in the header outside of quotes.
func separator(in *bufio.Reader) (rune, error) {
	line := firstLine(in)
	if named, is := bytes.CutPrefix(bytes.TrimSpace(line), []byte("sep=")); is && len(named) == 1 && strings.Contains(separators, string(named)) {
		_, err := in.Discard(len(line) + 1)
		return rune(named[0]), err
	}
	counts, quoted := map[rune]int{}, false
	for _, c := range string(line) {
		if quoted = quoted != (c == '"'); !quoted {
			counts[c]++
		}
	}
	best := rune(separators[0])
	for _, c := range separators {
		if counts[c] > counts[best] {
			best = c
		}
	}
	return best, nil
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
	case errors.Is(err, texts.ErrLong):
		return nil, cutShort(texts.ErrLong)
	case bad != nil:
		row.spoil("", "the quotes are wrong in line %d", bad.Line)
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

// noHeader says why there is not even a first line.
func noHeader(err error) error {
	if errors.Is(err, io.EOF) {
		return texts.ErrEmpty
	}
	return cutShort(err)
}

// cutShort says why a file cannot be read on.
func cutShort(err error) error {
	switch {
	case errors.Is(err, io.EOF), errors.Is(err, ErrFile):
		return err
	case errors.Is(err, texts.ErrLong):
		return texts.Broken("a record is longer than %d bytes; a quote that is never closed does that", MaxRowBytes)
	}
	return fmt.Errorf("%w: %w", ErrFile, err)
}
