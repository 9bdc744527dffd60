package importer

import (
	"bufio"
	"bytes"
	"io"
	"maps"
	"math"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/outlook"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// Outlook lists the columns and keys of a file that have no meaning here.
type Outlook = outlook.Outlook

// maxLook is the part of a file that is looked at beforehand, in bytes of text: about a second
// of reading.
const maxLook = 64 << 20

// confirm has the caller agree to the columns and keys that will be left out. It looks at the
// file before the run does. head is the beginning of the file's text.
func (i *input) confirm(r *Run, o Options, head []byte) error {
	_, several := i.in.(*securities)
	if r.Confirm == nil || o.Keep != "" || several {
		return nil
	}
	text, most := bufio.NewReader(bytes.NewReader(texts.WholeLines(head))), int64(math.MaxInt64)
	if i.again.Seeks() {
		if _, err := i.again.Rewind(); err != nil {
			return err
		}
		var err error
		if text, err = texts.Unpack(bufio.NewReaderSize(i.again, texts.Peeked)); err != nil {
			return err
		}
		most = maxLook
	}
	seen := look(text, most, o)
	if i.again.Seeks() {
		if _, err := i.again.Rewind(); err != nil {
			return err
		}
		if err := i.restart(i.packed, o); err != nil {
			return err
		}
	} else {
		seen.Whole = len(head) < texts.Peeked
	}
	if len(seen.Unknown) == 0 {
		return nil
	}
	return r.Confirm(seen)
}

// look reads rows from a text until it ends or most bytes were read. The run meets errors again.
func look(text io.Reader, most int64, o Options) Outlook {
	counted := &texts.Counter{From: text}
	in, format, err := open(bufio.NewReaderSize(counted, texts.Peeked), o)
	_, isTable := in.(*table)
	seen := Outlook{Format: format, Table: isTable}
	var lacks counts.Lacks
	firsts := outlook.Seen{}
	for err == nil && counted.Bytes <= most {
		var row *Row
		if row, err = in.Next(); err == nil {
			seen.Rows++
			lacks.Ignore(slices.Collect(maps.Keys(row.unknown)), firsts.First(row.Number, row.unknown))
		}
	}
	seen.Whole, seen.Unknown = err != nil, outlook.List(lacks)
	return seen
}
