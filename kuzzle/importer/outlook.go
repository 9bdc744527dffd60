package importer

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"maps"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/importer/counts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/kinds"
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
	var seen Outlook
	if i.again.Seeks() {
		if err := i.afresh(i.again, o); err != nil {
			return err
		}
		began := i.measured.Bytes
		seen = look(i.in, func() bool { return i.measured.Bytes-began > maxLook })
		if err := i.afresh(i.packed, o); err != nil {
			return err
		}
	} else if in, _, err := open(bufio.NewReaderSize(bytes.NewReader(texts.WholeLines(head)), texts.Peeked), o); err == nil {
		seen = look(in, func() bool { return false })
		seen.Whole = len(head) < texts.Peeked
	}
	seen.Format = i.format
	return r.ask(seen)
}

// ask has the caller agree to the columns and keys that will be left out, if there are any.
func (r *Run) ask(seen Outlook) error {
	if len(seen.Unknown) == 0 {
		return nil
	}
	return r.Confirm(seen)
}

// afresh opens the file again at its beginning.
func (i *input) afresh(from io.Reader, o Options) error {
	_, err := i.again.Rewind()
	return errors.Join(err, i.restart(from, o))
}

// look reads rows until they end or enough were read. The run meets errors again.
func look(in reader, enough func() bool) (seen Outlook) {
	_, seen.Table = in.(*table)
	var lacks counts.Lacks
	firsts := outlook.Seen{}
	for !seen.Whole && !enough() {
		row, err := in.Next()
		if seen.Whole = err != nil; !seen.Whole {
			seen.Rows++
			lacks.Ignore(slices.Collect(maps.Keys(row.Unknown)), firsts.First(row.Number, row.Unknown))
		}
	}
	seen.Unknown = outlook.List(lacks)
	return seen
}

// noticing adds to the users of a decoder the members that have no meaning in their format.
func noticing(format string, decode decoder) decoder {
	known := kinds.Knows(format)
	return func(raw []byte, key string, r *Row) error {
		err := decode(raw, key, r)
		if err == nil && known != nil && r.Organization == nil && r.Skip == nil {
			err = outlook.Others(raw, known, r.AddUnknown)
		}
		return err
	}
}
