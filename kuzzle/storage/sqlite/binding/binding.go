package binding

import (
	"fmt"

	"github.com/ncruces/go-sqlite3"
)

// Text is a string in the form of bytes; nil is NULL.
type Text []byte

// All binds the parameters after one.
func All(s *sqlite3.Stmt, behind int, args ...any) error {
	for i, arg := range args {
		if err := One(s, behind+i+1, arg); err != nil {
			return err
		}
	}
	return nil
}

// One binds one parameter; the first is 1.
func One(s *sqlite3.Stmt, at int, arg any) error {
	switch v := arg.(type) {
	case nil:
		return s.BindNull(at)
	case string:
		return s.BindText(at, v)
	case int64:
		return s.BindInt64(at, v)
	case int:
		return s.BindInt(at, v)
	case float64:
		return s.BindFloat(at, v)
	case []byte:
		if v == nil {
			return s.BindNull(at)
		}
		return s.BindBlob(at, v)
	case Text:
		if v == nil {
			return s.BindNull(at)
		}
		return s.BindRawText(at, v)
	}
	return fmt.Errorf("sqlite: a %T cannot be bound", arg)
}
