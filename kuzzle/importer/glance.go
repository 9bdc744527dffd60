package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// MaxGlance is the largest number of bytes that [Glance] reads of a file.
const MaxGlance = 1 << 20

// Glance detects the format of a file from its beginning, compressed or not, and reads its
// first rows. It reads no rows of a file with several kinds of objects, whose parts come in
// any order. It ignores a row that is cut at the end of a long text. An error wraps
// [ErrFile] if the file cannot be imported.
func Glance(head []byte, o Options, most int) (format string, rows []*Row, unused []string, err error) {
	text, err := texts.Unpack(bytes.NewReader(head))
	if err != nil {
		return "", nil, nil, errors.Join(ErrFile, err)
	}
	// A small compressed file may have a large text.
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
