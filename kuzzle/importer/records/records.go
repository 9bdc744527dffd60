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

// maxColumns bounds the columns of a table.
const maxColumns = 1000

// ErrQuotes is the error of a record whose quotes are wrong: the next one can be read.
type ErrQuotes struct{ Line int }

func (e *ErrQuotes) Error() string { return fmt.Sprintf("the quotes in line %d are wrong", e.Line) }

// Reader reads the records of a table.
type Reader struct {
	csv   *csv.Reader
	limit *limited
}

// Open finds out how a table is written. Its first record is the next one.
func Open(in *bufio.Reader) (*Reader, error) {
	if _, err := in.Peek(1); err != nil {
		return nil, texts.CutShort(err)
	}
	in = ended(in)
	comma, err := separator(in)
	if err != nil {
		return nil, noHeader(err)
	}
	r := &Reader{limit: &limited{from: in}}
	r.csv = csv.NewReader(r.limit)
	r.csv.Comma = comma
	r.csv.FieldsPerRecord = -1
	r.csv.ReuseRecord = true
	return r, nil
}

// Header reads the names of the columns, which the first record has.
func (r *Reader) Header() ([]string, error) {
	r.limit.reset()
	header, err := r.csv.Read()
	if err != nil {
		return nil, noHeader(err)
	}
	if len(header) > maxColumns {
		return nil, texts.Broken("it has %d columns, and at most %d are read", len(header), maxColumns)
	}
	return header, nil
}

// Sample are the records behind the header in the beginning of a text, the last of which
// may be cut.
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

// Next reads a record, which is good until the next call. An error is an
// *[ErrQuotes], io.EOF at the end, or ends the table.
func (r *Reader) Next() ([]string, error) {
	r.limit.reset()
	record, err := r.csv.Read()
	var bad *csv.ParseError
	switch {
	case err == nil:
		return record, nil
	case errors.Is(err, texts.ErrLong), !errors.As(err, &bad):
		return nil, texts.CutShort(err)
	}
	return nil, &ErrQuotes{bad.Line}
}

// limited ends a record that is longer than a row may be: the csv package would
// keep all of it.
type limited struct {
	from *bufio.Reader
	left int
}

// ahead is what the csv package reads beyond a record.
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

// noHeader says why there is not even a first line.
func noHeader(err error) error {
	if errors.Is(err, io.EOF) {
		return texts.ErrEmpty
	}
	return texts.CutShort(err)
}
