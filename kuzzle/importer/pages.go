package importer

import (
	"errors"
	"io"

	"github.com/gokuzzle/kuzzle/kuzzle/plainjson"
)

// listMember is what an API calls the list in an object that is a page.
const listMember = "data"

// paged reads the next value of pages, as they come of an API that was asked for one
// after another: lists of values, objects with the list "data", and values alone.
func (e *elements) paged() ([]byte, error) {
	for {
		c, err := e.token()
		switch {
		case errors.Is(err, io.EOF) && e.list:
			return nil, e.cut(err)
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
		if err := e.value(true); err != nil {
			return nil, err
		}
		return e.buf, nil
	}
}

// listed stands before the first value in the list of a page.
func (e *elements) listed() error {
	if err := e.expect('{'); err != nil {
		return err
	}
	if text, err := e.object(); text != nil || err != nil {
		return broken("there is no list %q in it", listMember)
	}
	return nil
}

// object reads an object whose bracket was read, or nil where it is a page, in whose list
// it then stands.
func (e *elements) object() ([]byte, error) {
	text, long := []byte{'{'}, false
	for {
		name, err := e.member()
		if errors.Is(err, io.EOF) {
			if long {
				return nil, errLong
			}
			return append(text, '}'), nil
		}
		if err != nil {
			return nil, err
		}
		if name == listMember {
			c, err := e.token()
			if err != nil {
				return nil, e.cut(err)
			}
			if c == '[' {
				e.list, e.page = true, true
				return nil, nil
			}
			e.back()
		}
		err = e.value(true)
		if err != nil && !errors.Is(err, errLong) {
			return nil, err
		}
		if len(text) > 1 {
			text = append(text, ',')
		}
		if long = long || err != nil || len(text)+len(name)+len(e.buf) > MaxRowBytes; long {
			text = text[:1]
			continue
		}
		text = append(plainjson.AppendString(text, name), ':')
		text = append(text, e.buf...)
	}
}

// leave reads the rest of a page behind its list.
func (e *elements) leave() error {
	e.page = false
	for {
		_, err := e.member()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = e.value(false)
		}
		if err != nil {
			return err
		}
	}
}
