package texts

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// TablesMember is the member with the rows of a table, in phpMyAdmin's list of tables.
const TablesMember = "data"

// Among reads the users from the lists that the member inner of each object is, in the list
// that the text is. The list may be a member of an object, or of a member of it.
func (e *Elements) Among(inner string, path ...string) error {
	for i, name := range path {
		var err error
		if i == 0 {
			err = e.Within(name)
		} else {
			err = e.enter(name)
		}
		if err != nil {
			return err
		}
	}
	e.Shape, e.inner = nested, inner
	return nil
}

// Nested returns the path to a list of objects with users, for an object with these members,
// and the member of each that lists its users; "" for none.
func Nested(keys map[string]bool) (inner string, path []string) {
	const users = "humanUsers" // Zitadel's, by organization
	switch {
	case keys[TablesMember]:
		return TablesMember, nil
	case keys["orgs"] && len(keys) == 1:
		return users, []string{"orgs"}
	case keys["dataOrgs"]:
		return users, []string{"dataOrgs", "orgs"}
	case keys["data_orgs"]:
		return users, []string{"data_orgs", "orgs"}
	}
	return "", nil
}

// rowsIn lists the names in the first row of a list of tables.
func rowsIn(head []byte) map[string]bool {
	e := NewElements(bufio.NewReader(bytes.NewReader(head)), Array)
	_ = e.Among(TablesMember) // without a path
	row, err := e.Next()
	if err != nil {
		return nil
	}
	return names(NewElements(bufio.NewReader(bytes.NewReader(row)), Members))
}

// nested reads the next value of the lists in the objects of a list.
func (e *Elements) nested() ([]byte, error) {
	if !e.began {
		e.began = true
		if err := e.Expect('['); err != nil {
			return nil, err
		}
	}
	for {
		if e.page && !e.list {
			if err := e.innerList(); err != nil {
				return nil, err
			}
			continue
		}
		c, err := e.Token()
		switch {
		case err != nil:
			return nil, e.Cut(err)
		case c == ',':
		case c == ']' && e.list:
			e.list = false
		case c == ']':
			return nil, io.EOF
		case e.list:
			e.back()
			err := e.Value(true)
			return e.buf, err
		case c == '{':
			e.page = true
		default:
			return nil, Broken("an object was expected at byte %d", e.offset)
		}
	}
}

// innerList moves into the list of the object that e stands in, or behind the object.
func (e *Elements) innerList() error {
	for {
		name, err := e.Member()
		if errors.Is(err, io.EOF) {
			e.page = false
			return nil
		}
		if err != nil {
			return err
		}
		c, err := e.Token()
		if err != nil {
			return e.Cut(err)
		}
		if name == e.inner && c == '[' {
			e.list = true
			return nil
		}
		e.back()
		if err := e.Value(false); err != nil {
			return err
		}
	}
}
