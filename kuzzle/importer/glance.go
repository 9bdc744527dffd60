package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// MaxGlance is the most of a file that [Glance] looks at, in bytes.
const MaxGlance = 1 << 20

// Glance recognises a file by how it begins, packed as it may be, and reads its first
// rows: none of a file of several kinds of things, whose parts come in any order. What is
// cut at the end of a long text is left out. An error wraps [ErrFile] where it is no file
// to import.
func Glance(head []byte, o Options, most int) (format string, rows []*Row, unused []string, err error) {
	text, err := texts.Unpack(bytes.NewReader(head))
	if err != nil {
		return "", nil, nil, errors.Join(ErrFile, err)
	}
	// Of a small file that was packed there may be much.
	in, format, err := open(bufio.NewReaderSize(io.LimitReader(text, 4*MaxGlance), texts.Peeked), o)
	if _, several := in.(*securities); several || err != nil {
		return format, nil, nil, err
	}
	for len(rows) < most && err == nil {
		var row *Row
		if row, err = in.Next(); err == nil {
			rows = append(rows, row)
		}
	}
	if l, can := in.(leaver); can {
		unused = l.Unused()
	}
	if errors.Is(err, io.EOF) || len(rows) > 0 || len(head) == MaxGlance {
		err = nil
	}
	return format, rows, unused, err
}

// Problem is why the row cannot be imported as it stands, "" for nothing.
func (r *Row) Problem() string {
	if r.err == nil {
		return ""
	}
	return r.err.Error()
}
