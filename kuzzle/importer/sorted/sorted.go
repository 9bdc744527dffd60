package sorted

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

const (
	// runBytes is the size of a run that is sorted in memory, readAhead the bytes read of
	// each run while they are merged.
	runBytes  = 16 << 20
	readAhead = 16 << 10
	// Limit is the default limit of the temporary file in bytes, enough for ten million
	// users.
	Limit = 32 << 30
)

// ErrFull means that the records need a larger file than the limit.
var ErrFull = errors.New("sorting needs a larger temporary file than the limit")

// Sorter takes records in any order and returns them sorted. It is for one goroutine.
type Sorter struct {
	limit int64
	run   int
	// text has the records that are in no run yet, and at their positions.
	text []byte
	at   []int
	file *os.File
	// ends are the ends of the runs in the file.
	ends []int64
	// merged are the runs that have records left, the next one last. current, whose record
	// was returned last, is not among them.
	merged  []*run
	current *run
	begun   bool
}

// New returns a sorter whose temporary file has at most limit bytes; 0 means [Limit].
func New(limit int64) *Sorter {
	if limit <= 0 {
		limit = Limit
	}
	return &Sorter{limit: limit, run: runBytes}
}

// Add adds a record. The error is that of the temporary file, or wraps [ErrFull].
func (s *Sorter) Add(key string, data []byte) error {
	if len(s.text) > 0 && len(s.text)+len(key)+len(data) > s.run {
		if err := s.spill(); err != nil {
			return err
		}
	}
	s.at = append(s.at, len(s.text))
	s.text = binary.AppendUvarint(s.text, uint64(len(key)))
	s.text = append(s.text, key...)
	s.text = binary.AppendUvarint(s.text, uint64(len(data)))
	s.text = append(s.text, data...)
	return nil
}

// key returns the key of the record at a position.
func (s *Sorter) key(at int) []byte {
	n, bytes := binary.Uvarint(s.text[at:])
	at += bytes
	return s.text[at : at+int(n)]
}

// end returns the end of the record.
func (s *Sorter) end(at int) int {
	for range 2 {
		n, bytes := binary.Uvarint(s.text[at:])
		at += bytes + int(n)
	}
	return at
}

func (s *Sorter) sort() {
	slices.SortStableFunc(s.at, func(a, b int) int { return bytes.Compare(s.key(a), s.key(b)) })
}

// spill writes the records in memory as a run.
func (s *Sorter) spill() (err error) {
	if s.file == nil {
		if s.file, err = os.CreateTemp("", "kuzzle-import-"); err != nil {
			return err
		}
		if err := os.Remove(s.file.Name()); err != nil {
			return err
		}
	}
	s.sort()
	written := int64(0)
	if len(s.ends) > 0 {
		written = s.ends[len(s.ends)-1]
	}
	if written += int64(len(s.text)); written > s.limit {
		return fmt.Errorf("%w, %d MiB", ErrFull, s.limit>>20)
	}
	out := bufio.NewWriterSize(s.file, 1<<20)
	for _, at := range s.at {
		if _, err := out.Write(s.text[at:s.end(at)]); err != nil {
			return err
		}
	}
	s.ends = append(s.ends, written)
	s.text, s.at = s.text[:0], s.at[:0]
	return out.Flush()
}

// run is one of the sorted parts, with its next record.
type run struct {
	number    int
	in        *bufio.Reader
	key, data []byte
}

func (r *run) next() error {
	var err error
	if r.key, err = field(r.in, r.key); err != nil {
		return err
	}
	if r.data, err = field(r.in, r.data); errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func field(in *bufio.Reader, into []byte) ([]byte, error) {
	n, err := binary.ReadUvarint(in)
	if err != nil {
		return into, err
	}
	into = slices.Grow(into[:0], int(n))[:n]
	_, err = io.ReadFull(in, into)
	return into, err
}

// begin ends the adding.
func (s *Sorter) begin() error {
	s.begun = true
	if len(s.ends) == 0 {
		s.sort()
		return nil
	}
	if err := s.spill(); err != nil {
		return err
	}
	s.text, s.at = nil, nil
	began := int64(0)
	for i, end := range s.ends {
		r := &run{number: i, in: bufio.NewReaderSize(io.NewSectionReader(s.file, began, end-began), readAhead)}
		began = end
		if err := s.put(r, r.next()); err != nil {
			return err
		}
	}
	return nil
}

// put returns a run to the merge unless it is at its end.
func (s *Sorter) put(r *run, err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return err
	}
	at, _ := slices.BinarySearchFunc(s.merged, r, func(a, b *run) int {
		if order := bytes.Compare(b.key, a.key); order != 0 {
			return order
		}
		return b.number - a.number
	})
	s.merged = slices.Insert(s.merged, at, r)
	return nil
}

// Next returns the next record, io.EOF after the last. It invalidates the record before, and
// no record can be added any more.
func (s *Sorter) Next() (key string, data []byte, err error) {
	if !s.begun {
		if err := s.begin(); err != nil {
			return "", nil, err
		}
	}
	if len(s.ends) == 0 {
		if len(s.at) == 0 {
			return "", nil, io.EOF
		}
		at := s.at[0]
		s.at = s.at[1:]
		key, end := s.key(at), s.end(at)
		return string(key), s.text[at+dataBegin(s.text[at:]) : end], nil
	}
	if s.current != nil {
		if err := s.put(s.current, s.current.next()); err != nil {
			return "", nil, err
		}
	}
	last := len(s.merged) - 1
	if last < 0 {
		s.current = nil
		return "", nil, io.EOF
	}
	s.current, s.merged = s.merged[last], s.merged[:last]
	return string(s.current.key), s.current.data, nil
}

// dataBegin is where the data of a record begins.
func dataBegin(record []byte) int {
	n, at := binary.Uvarint(record)
	at += int(n)
	_, bytes := binary.Uvarint(record[at:])
	return at + bytes
}

// Close removes the temporary file.
func (s *Sorter) Close() error {
	if s.file == nil {
		return nil
	}
	return s.file.Close()
}
