package texts

import (
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// ListMember is the member with the list in a page of an API.
const ListMember = "data"

// paged reads the next value of an API's pages, one after another: lists of values, objects
// with the list "data", and single values.
func (e *Elements) paged() ([]byte, error) {
	for {
		c, err := e.Token()
		switch {
		case errors.Is(err, io.EOF) && e.list:
			return nil, e.Cut(err)
		case err != nil:
			return nil, err
		case c == ',':
			continue
		case c == ']' && e.list:
			e.list = false
			if e.page {
				if err := e.leave(); err != nil {
					return nil, err
				}
			}
			continue
		case c == '[' && !e.list:
			e.list, e.page = true, false
			continue
		case c == '{' && !e.list:
			text, err := e.object()
			if text != nil || err != nil {
				return text, err
			}
			continue
		}
		e.back()
		if err := e.Value(true); err != nil {
			return nil, err
		}
		return e.buf, nil
	}
}

// Listed moves to the first value in the list of a page.
func (e *Elements) Listed() error {
	if err := e.Expect('{'); err != nil {
		return err
	}
	if text, err := e.object(); text != nil || err != nil {
		return Broken("it has no list %q", ListMember)
	}
	return nil
}

// object reads an object whose bracket was read. It returns nil if the object is a page, and
// then stands in the page's list.
func (e *Elements) object() ([]byte, error) {
	text, long := []byte{'{'}, false
	for {
		name, err := e.Member()
		if errors.Is(err, io.EOF) {
			if long {
				return nil, ErrLong
			}
			return append(text, '}'), nil
		}
		if err != nil {
			return nil, err
		}
		if name == ListMember {
			c, err := e.Token()
			if err != nil {
				return nil, e.Cut(err)
			}
			if c == '[' {
				e.list, e.page = true, true
				return nil, nil
			}
			e.back()
		}
		err = e.Value(true)
		if err != nil && !errors.Is(err, ErrLong) {
			return nil, err
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		if long = long || err != nil || len(text)+len(name)+len(e.buf) > MaxBytes; long {
			text = text[:1]
			continue
		}
		text = append(plainjson.AppendString(text, name), ':')
		text = append(text, e.buf...)
	}
}

// leave reads the rest of a page after its list.
func (e *Elements) leave() error {
	e.page = false
	for {
		_, err := e.Member()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = e.Value(false)
		}
		if err != nil {
			return err
		}
	}
}
