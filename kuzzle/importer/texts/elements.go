package texts

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// Elements splits a JSON text into the values that are users and holds one at a time. It
// follows only brackets and strings; the reader of a value checks its syntax.
type Elements struct {
	in *bufio.Reader
	// offset counts bytes read, for messages.
	offset int64
	// Shape is the arrangement of the values in the text.
	Shape Shape
	began bool
	buf   []byte
	// Key is the member's name where users are members of an object.
	Key string
	// list is set inside a list of pages, page where that is in an object.
	list, page bool
	// top is set in an array that is no part of a value, member is that of the array's object.
	top    bool
	member string
	// inner is the member with the users where those are in lists of objects in a list.
	inner string
}

// Shape is the arrangement of the users in the text.
type Shape uint8

// The shapes.
const (
	Lines   Shape = iota // one value a line
	Values               // values one after another
	Array                // one array
	Members              // one object, the users its members
	Pages                // lists, objects with a list, or values, one after another
	nested               // lists in the objects of a list
)

// ErrLong marks a value that was skipped because it is too long.
var ErrLong = errors.New("too long")

// NewElements returns the elements of a text of a shape.
func NewElements(in *bufio.Reader, s Shape) *Elements { return &Elements{in: in, Shape: s} }

// Within enters the object that the text is, up to the member of a name, and reads the users
// from the array or object there. Further objects after it, such as the pages of a list, are
// read in the same way.
func (e *Elements) Within(name string) error {
	if err := e.Expect('{'); err != nil {
		return err
	}
	err := e.enter(name)
	if errors.Is(err, io.EOF) {
		return Broken(`it has no member %q`, name)
	}
	return err
}

// enter goes to the member of an object whose bracket was read. It returns io.EOF if the
// object has no such member.
func (e *Elements) enter(name string) error {
	for {
		key, err := e.Member()
		if err != nil {
			return err
		}
		if key != name {
			if err := e.Value(false); err != nil {
				return err
			}
			continue
		}
		open, err := e.Token()
		switch {
		case err != nil:
			return err
		case open == '[':
			e.Shape, e.member = Array, name
		case open == '{':
			e.Shape = Members
		default:
			return Broken("%q is neither a list nor an object", name)
		}
		e.began = true
		return nil
	}
}

// Enter continues with values of a shape whose bracket was read.
func (e *Elements) Enter(s Shape) { e.Shape, e.began = s, true }

// Next returns the next value, io.EOF after the last, ErrLong for a skipped one. Other
// errors end the file.
func (e *Elements) Next() ([]byte, error) {
	switch e.Shape {
	case Lines:
		return e.line()
	case Pages:
		return e.paged()
	case nested:
		return e.nested()
	}
	if !e.began {
		e.began = true
		if open := map[Shape]byte{Array: '[', Members: '{'}[e.Shape]; open != 0 {
			if err := e.Expect(open); err != nil {
				return nil, err
			}
			e.top = e.Shape == Array
		}
	}
	if e.Shape == Members {
		key, err := e.Member()
		if err != nil {
			return nil, err
		}
		e.Key = key
	} else if err := e.another(); err != nil {
		return nil, err
	}
	if err := e.Value(true); err != nil {
		return nil, err
	}
	return e.buf, nil
}

// another moves to the next value, or returns io.EOF.
func (e *Elements) another() error {
	for {
		c, err := e.Token()
		switch {
		case errors.Is(err, io.EOF) && e.Shape == Array:
			return Broken("it ends early, after %d bytes", e.offset)
		case err != nil:
			return err
		case c == ',':
			continue
		case c == ']' && e.Shape == Array:
			if err := e.turn(); err != nil {
				return err
			}
			continue
		}
		e.back()
		return nil
	}
}

// turn goes from the end of an array to the array of the next page, or returns io.EOF.
func (e *Elements) turn() error {
	open := byte('[')
	switch {
	case e.member != "":
		open = '{'
		if err := e.leave(); err != nil {
			return err
		}
	case !e.top:
		return io.EOF
	}
	for {
		c, err := e.Token()
		switch {
		case err != nil:
			return err
		case c != open:
			return io.EOF
		case open == '[':
			return nil
		}
		if err := e.enter(e.member); !errors.Is(err, io.EOF) {
			return err
		}
	}
}

// Member reads a member's name and its colon, or returns io.EOF at the end of the object.
func (e *Elements) Member() (string, error) {
	c, err := e.Token()
	for err == nil && c == ',' {
		c, err = e.Token()
	}
	switch {
	case err == nil && c == '}':
		return "", io.EOF
	case err != nil || c != '"':
		return "", Broken("a name was expected at byte %d", e.offset)
	}
	e.back()
	if err := e.Value(true); err != nil {
		return "", Broken("a name is too long at byte %d", e.offset)
	}
	var name string
	if err := json.Unmarshal(e.buf, &name); err != nil {
		return "", Broken("a name was expected at byte %d", e.offset)
	}
	return name, e.Expect(':')
}

// Value reads one value. Next returns it if it is kept.
func (e *Elements) Value(kept bool) error {
	e.buf = e.buf[:0]
	depth, quoted, escaped, long, empty := 0, false, false, false, true
	for {
		c, err := e.in.ReadByte()
		if err != nil {
			if errors.Is(err, io.EOF) && depth == 0 && !quoted && !empty {
				return nil
			}
			return e.Cut(err)
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
		if kept && len(e.buf) < MaxBytes {
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
		return Broken("a value was expected at byte %d", e.offset)
	case long:
		return ErrLong
	}
	return nil
}

// line reads one line that is not empty.
func (e *Elements) line() ([]byte, error) {
	for {
		text, err := ReadLine(e.in, &e.buf)
		if err != nil {
			return nil, err
		}
		if text = bytes.TrimSpace(text); len(text) > 0 {
			return text, nil
		}
	}
}

// ReadLine reads a line without its end. It skips a line that is longer than a row and
// returns ErrLong.
func ReadLine(in *bufio.Reader, buf *[]byte) ([]byte, error) {
	*buf = (*buf)[:0]
	long := false
	for {
		part, err := in.ReadSlice('\n')
		if len(*buf)+len(part) > MaxBytes {
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
			return nil, ErrLong
		case err != nil && len(*buf) == 0:
			return nil, io.EOF
		}
		return bytes.TrimRight(*buf, "\r\n"), nil
	}
}

// Token reads the next byte that is not a space.
func (e *Elements) Token() (byte, error) {
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

func (e *Elements) back() {
	_ = e.in.UnreadByte() // a byte was read just before
	e.offset--
}

// Expect reads the byte that has to come next.
func (e *Elements) Expect(want byte) error {
	c, err := e.Token()
	if err != nil {
		return e.Cut(err)
	}
	if c != want {
		return Broken("%q was expected at byte %d", want, e.offset)
	}
	return nil
}

// Cut describes an unexpected end of a text; it returns other errors unchanged.
func (e *Elements) Cut(err error) error {
	if errors.Is(err, io.EOF) {
		return Broken("it ends early, after %d bytes", e.offset)
	}
	return err
}

func space(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }
