package records

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// maxColumns is the largest number of columns.
const maxColumns = 1000

// ErrQuotes is the error of a record with wrong quotes, from one line to another. The next record
// can be read.
type ErrQuotes struct{ From, Line int }

func (e *ErrQuotes) Error() string {
	if e.From < e.Line {
		return fmt.Sprintf("the quotes in lines %d to %d are wrong, so no row of these lines is imported", e.From, e.Line)
	}
	return fmt.Sprintf("the quotes in line %d are wrong", e.Line)
}

// Reader reads the records of a table.
type Reader struct {
	csv   *csv.Reader
	limit *limited
	// before is the number of lines in front of the header.
	before int
	// tabs reads fields between tabs; nil for other separators.
	tabs *tabbed
}

// Open detects the dialect of a table. Its first record is the next one.
func Open(in *bufio.Reader) (*Reader, error) {
	if _, err := in.Peek(1); err != nil {
		return nil, texts.CutShort(err)
	}
	in = ended(in)
	comma, before, err := separator(in)
	if err != nil {
		return nil, noHeader(err)
	}
	if comma == '\t' {
		return &Reader{tabs: &tabbed{in: in}}, nil
	}
	r := &Reader{limit: &limited{from: in}, before: before}
	r.csv = csv.NewReader(r.limit)
	r.csv.Comma = comma
	r.csv.FieldsPerRecord = -1
	r.csv.ReuseRecord = true
	return r, nil
}

// Header reads the first record, with the names of the columns.
func (r *Reader) Header() ([]string, error) {
	header, err := r.read()
	if err != nil {
		return nil, noHeader(err)
	}
	if len(header) > maxColumns {
		return nil, texts.Broken("it has %d columns, and at most %d are read", len(header), maxColumns)
	}
	return header, nil
}

// Sample returns the records after the header in the beginning of a text. The last one may
// be cut.
func Sample(head []byte) iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		r, err := Open(bufio.NewReaderSize(bytes.NewReader(head), texts.Peeked))
		if err == nil {
			_, err = r.Header()
		}
		for err == nil {
			var record []string
			if record, err = r.Next(); err == nil && !yield(record) {
				return
			}
		}
	}
}

// Next reads a record, which is valid until the next call. An error is an *[ErrQuotes], or
// io.EOF at the end; any other error ends the table.
func (r *Reader) Next() ([]string, error) {
	record, err := r.read()
	var bad *csv.ParseError
	switch {
	case err == nil:
		return record, nil
	case errors.Is(err, texts.ErrLong), !errors.As(err, &bad):
		return nil, texts.CutShort(err)
	}
	return nil, &ErrQuotes{r.before + bad.StartLine, r.before + bad.Line}
}

// Lines returns the first and the last line of the record that was read last. Between tabs no
// record has several, and both are 0.
func (r *Reader) Lines(record []string) (first, last int) {
	if r.tabs != nil || len(record) == 0 {
		return 0, 0
	}
	end := len(record) - 1
	first, _ = r.csv.FieldPos(0)
	last, _ = r.csv.FieldPos(end)
	return r.before + first, r.before + last + strings.Count(record[end], "\n")
}

func (r *Reader) read() ([]string, error) {
	if r.tabs != nil {
		return r.tabs.Next()
	}
	r.limit.reset()
	return r.csv.Read()
}

// limited stops at a record that exceeds the size of a row, which the csv package would hold
// whole.
type limited struct {
	from *bufio.Reader
	left int
}

// ahead is the number of bytes that the csv package reads beyond a record.
const ahead = 8 << 10

func (l *limited) reset() { l.left = texts.MaxBytes + ahead }

func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, texts.ErrLong
	}
	n, err := l.from.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// firstLine returns the next line without reading it.
func firstLine(in *bufio.Reader) []byte {
	head, _ := in.Peek(texts.Peeked) // less is fine
	line, _, _ := bytes.Cut(head, []byte("\n"))
	return line
}

// ended replaces line endings of CR alone, as some spreadsheets write, by the usual ones.
func ended(in *bufio.Reader) *bufio.Reader {
	head, _ := in.Peek(texts.Peeked) // less is fine
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

// separators are the possible separators of fields.
const separators = ",;\t|"

// separator returns the separator that a line before the header names, as in Excel's files,
// else the most frequent one in the header outside quotes. before counts the lines before the header.
func separator(in *bufio.Reader) (comma rune, before int, err error) {
	line := firstLine(in)
	if named, is := bytes.CutPrefix(bytes.TrimSpace(line), []byte("sep=")); is && len(named) == 1 && strings.Contains(separators, string(named)) {
		_, err := in.Discard(len(line) + 1)
		return rune(named[0]), 1, err
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
	return best, 0, nil
}

// noHeader explains a missing first line.
func noHeader(err error) error {
	if errors.Is(err, io.EOF) {
		return texts.ErrEmpty
	}
	return texts.CutShort(err)
}
