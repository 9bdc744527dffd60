package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/values"
)

// passwords tells whether the password fields of a file hold passwords or digests. Many
// systems keep digests there.
type passwords uint8

// eachByItself applies until a pass has looked at all of them.
const (
	eachByItself passwords = iota
	allPlain
	allDigests
)

// isDigest reports whether the row's password field holds a digest.
func (n *normaliser) isDigest(r *Row) bool {
	if r.Password == "" || r.Digest != "" || n.PlainPasswords || n.passwords == allPlain {
		return false
	}
	return n.passwords == allDigests || n.Hasher != "" || n.Digest != "" || r.Hasher != "" || digest.Likely(r.Password)
}

// survey reads all password fields before anything is written: they have to hold either
// passwords or digests throughout. It does not survey a file that is too long to be read
// twice. head is the beginning of the file's text.
func (i *input) survey(head []byte, o Options) error {
	if o.PlainPasswords || o.Hasher != "" || o.Digest != "" || !i.hasPasswords(head, o) {
		return nil
	}
	whole, err := i.again.Rewind()
	if err != nil || !whole {
		return errors.Join(err, i.restart(i.packed, o))
	}
	if err := i.restart(i.again, o); err != nil {
		return err
	}
	if i.passwords, err = judge(i.in); err != nil {
		return err
	}
	return i.afresh(i.packed, o)
}

// hasPasswords reports whether a file seems to have password fields.
func (i *input) hasPasswords(head []byte, o Options) bool {
	switch in := i.in.(type) {
	case *table:
		return slices.Contains(in.columns, rows.PasswordField)
	case *securities, nil:
		return false
	}
	return slices.ContainsFunc(sample(head, o), func(r *Row) bool { return r.Password != "" })
}

// restart reopens the file at its present position.
func (i *input) restart(from io.Reader, o Options) error {
	in, err := i.text(from)
	if err == nil {
		i.in, _, err = open(in, o)
	}
	return err
}

// sample returns the rows at the beginning of a text.
func sample(head []byte, o Options) (rows []*Row) {
	in, _, err := open(bufio.NewReaderSize(bytes.NewReader(head), texts.Peeked), o)
	for err == nil {
		var row *Row
		if row, err = in.Next(); err == nil {
			rows = append(rows, row)
		}
	}
	return rows
}

// judge reads every row and returns the kind of its passwords.
func judge(in reader) (passwords, error) {
	plain, digests := 0, 0
	for {
		row, err := in.Next()
		switch {
		case err != nil && !errors.Is(err, io.EOF):
			return eachByItself, nil // the run meets the same error
		case err != nil && plain > 0 && digests > 0:
			return eachByItself, &OptionError{"plain-passwords", fmt.Sprintf("a column or key called password holds %d digests and %d texts that are not digests: give each kind its own column, or say with --plain-passwords that all of them are passwords", digests, plain)}
		case err != nil && digests > 0:
			return allDigests, nil
		case err != nil:
			return allPlain, nil
		case row.Password == "" || row.Digest != "" || values.Unusable(row.Password):
		case row.Hasher != "" || digest.Likely(row.Password):
			digests++
		default:
			plain++
		}
	}
}
