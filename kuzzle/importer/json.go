package importer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// elements cuts a JSON text into the values that are users, without ever holding
// more than one. It follows brackets and strings only; whether a value is well
// formed its reader finds out.
type elements struct {
	in *bufio.Reader
	// offset counts bytes read, for messages.
	offset int64
	shape  shape
	began  bool
	buf    []byte
	// key is the member's name where users are members of an object.
	key string
	// list is set inside a list of pages, page where that is in an object.
	list, page bool
}

// shape is how the users lie in the text.
type shape uint8

const (
	lines   shape = iota // one value a line
	values               // values one after another
	array                // one array
	members              // one object, the users its members
	pages                // lists, objects with a list, or values, one after another
)

// errLong marks a value that was passed over since it is too long.
var errLong = errors.New("too long")

func newElements(in *bufio.Reader, s shape) *elements { return &elements{in: in, shape: s} }

// within goes into the object that the text is, to the member of that name, and
// takes the users from the array or object that it is.
func (e *elements) within(name string) error {
	if err := e.expect('{'); err != nil {
		return err
	}
	for {
		key, err := e.member()
		switch {
		case errors.Is(err, io.EOF):
			return broken(`there is no %q in it`, name)
		case err != nil:
			return err
		}
		if key != name {
			if err := e.value(false); err != nil {
				return err
			}
			continue
		}
		open, err := e.token()
		switch {
		case err != nil:
			return err
		case open == '[':
			e.shape = array
		case open == '{':
			e.shape = members
		default:
			return broken("%q is neither a list nor an object", name)
		}
		e.began = true
		return nil
	}
}

// next answers the next value, io.EOF after the last, errLong for one that was
// passed over. Other errors end the file.
func (e *elements) next() ([]byte, error) {
	switch e.shape {
	case lines:
		return e.line()
	case pages:
		return e.paged()
	}
	if !e.began {
		e.began = true
		if open := map[shape]byte{array: '[', members: '{'}[e.shape]; open != 0 {
			if err := e.expect(open); err != nil {
				return nil, err
			}
		}
	}
	if e.shape == members {
		key, err := e.member()
		if err != nil {
			return nil, err
		}
		e.key = key
	} else if err := e.another(); err != nil {
		return nil, err
	}
	if err := e.value(true); err != nil {
		return nil, err
	}
	return e.buf, nil
}

// another stands before the next value, or answers io.EOF.
func (e *elements) another() error {
	for {
		c, err := e.token()
		switch {
		case errors.Is(err, io.EOF) && e.shape == array:
			return broken("it ends in the middle, after %d bytes", e.offset)
		case err != nil:
			return err
		case c == ',':
			continue
		case c == ']' && e.shape == array:
			return io.EOF
		}
		e.back()
		return nil
	}
}

// member reads a member's name and its colon, or answers io.EOF at the end of
// the object.
func (e *elements) member() (string, error) {
	c, err := e.token()
	for err == nil && c == ',' {
		c, err = e.token()
	}
	switch {
	case err == nil && c == '}':
		return "", io.EOF
	case err != nil || c != '"':
		return "", broken("a name was expected at byte %d", e.offset)
	}
	e.back()
	if err := e.value(true); err != nil {
		return "", broken("a name is too long at byte %d", e.offset)
	}
	var name string
	if err := json.Unmarshal(e.buf, &name); err != nil {
		return "", broken("a name was expected at byte %d", e.offset)
	}
	return name, e.expect(':')
}

// value reads one value, into buf when kept.
func (e *elements) value(kept bool) error {
	e.buf = e.buf[:0]
	depth, quoted, escaped, long, empty := 0, false, false, false, true
	for {
		c, err := e.in.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && depth == 0 && !quoted && !empty {
				return nil
			}
			return e.cut(err)
		}
		e.offset++
		bare := depth == 0 && !quoted
		if bare && (c == ',' || c == ']' || c == '}' || c == ':' && !empty || space(c) && !empty) {
			e.back()
			break
		}
		if space(c) && bare {
			continue
		}
		empty = false
		if kept && len(e.buf) < MaxRowBytes {
			e.buf = append(e.buf, c)
		} else if kept {
			long = true
		}
		closed := false
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
			closed = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
		case c == '}' || c == ']':
			depth--
			closed = true
		}
		if closed && depth == 0 {
			break
		}
	}
	switch {
	case empty:
		return broken("a value was expected at byte %d", e.offset)
	case long:
		return errLong
	}
	return nil
}

// line reads one line that is not empty.
func (e *elements) line() ([]byte, error) {
	for {
		text, err := readLine(e.in, &e.buf)
		if err != nil {
			return nil, err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, nil
		}
	}
}

// readLine reads a line without its end. One that is longer than a row may be
// is passed over and answered as errLong.
func readLine(in *bufio.Reader, buf *[]byte) ([]byte, error) {
	*buf = (*buf)[:0]
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if len(*buf)+len(part) > MaxRowBytes {
			long = true
		}
		if !long {
			*buf = append(*buf, part...)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err != nil && !errors.Is(err, io.EOF):
			return nil, err
		case long:
			return nil, errLong
		case err != nil && len(*buf) == 0:
			return nil, io.EOF
		}
		return bytes.TrimRight(*buf, "\r\n"), nil
	}
}

// token reads the next byte that is no space.
func (e *elements) token() (byte, error) {
	for {
		c, err := e.in.ReadByte()
		if err != nil {
			return 0, err
		}
		e.offset++
		if !space(c) {
			return c, nil
		}
	}
}

func (e *elements) back() {
	_ = e.in.UnreadByte() // a byte was read just before
	e.offset--
}

func (e *elements) expect(want byte) error {
	c, err := e.token()
	if err != nil {
		return e.cut(err)
	}
	if c != want {
		return broken("%q was expected at byte %d", want, e.offset)
	}
	return nil
}

func (e *elements) cut(err error) error {
	if errors.Is(err, io.EOF) {
		return broken("it ends in the middle, after %d bytes", e.offset)
	}
	return err
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
