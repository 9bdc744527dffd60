package plainjson

import (
	"encoding"
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Encoder writes values of one type as [Append] does, in half of the time: what the
// type is made of is looked at once. A json.RawMessage is copied as it is, so it has to
// be compact JSON already. The type may not contain itself.
type Encoder[T any] struct{ write write }

// NewEncoder makes an encoder.
func NewEncoder[T any]() Encoder[T] { return Encoder[T]{writeOf(reflect.TypeFor[T]())} }

// Append adds the value to dst.
func (e Encoder[T]) Append(dst []byte, value *T) ([]byte, error) {
	return e.write(dst, reflect.ValueOf(value).Elem())
}

// write adds a value of a certain type to dst.
type write func(dst []byte, v reflect.Value) ([]byte, error)

func writeOf(t reflect.Type) write {
	switch {
	case t == reflect.TypeFor[json.RawMessage]():
		return writeRaw
	case writesItself(t), writesItself(reflect.PointerTo(t)):
		return writeAny
	}
	switch t.Kind() {
	case reflect.String:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return AppendString(dst, v.String()), nil }
	case reflect.Bool:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return strconv.AppendBool(dst, v.Bool()), nil }
	case reflect.Int, reflect.Int64:
		return func(dst []byte, v reflect.Value) ([]byte, error) { return strconv.AppendInt(dst, v.Int(), 10), nil }
	case reflect.Pointer:
		return writePointer(writeOf(t.Elem()))
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 {
			return writeSlice(writeOf(t.Elem()))
		}
	case reflect.Struct:
		return writeStruct(t)
	}
	return writeAny
}

func writesItself(t reflect.Type) bool {
	return t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Implements(reflect.TypeFor[encoding.TextMarshaler]())
}

func writeAny(dst []byte, v reflect.Value) ([]byte, error) { return Append(dst, v.Interface()) }

func writeRaw(dst []byte, v reflect.Value) ([]byte, error) {
	if v.Len() == 0 {
		return append(dst, "null"...), nil
	}
	return append(dst, v.Bytes()...), nil
}

func writePointer(of write) write {
	return func(dst []byte, v reflect.Value) ([]byte, error) {
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		return of(dst, v.Elem())
	}
}

func writeSlice(of write) write {
	return func(dst []byte, v reflect.Value) (_ []byte, err error) {
		if v.IsNil() {
			return append(dst, "null"...), nil
		}
		dst = append(dst, '[')
		for i := range v.Len() {
			if i > 0 {
				dst = append(dst, ',')
			}
			if dst, err = of(dst, v.Index(i)); err != nil {
				return nil, err
			}
		}
		return append(dst, ']'), nil
	}
}

// writeStruct writes structs whose members all have a name and are always written.
func writeStruct(t reflect.Type) write {
	type member struct {
		name  string // with what stands around it
		at    int
		write write
	}
	var members []member
	begin := `{"`
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "" || name == "-" || options != "" {
			return writeAny
		}
		members = append(members, member{begin + name + `":`, i, writeOf(field.Type)})
		begin = `,"`
	}
	if len(members) == 0 {
		return writeAny
	}
	return func(dst []byte, v reflect.Value) (_ []byte, err error) {
		for i := range members {
			m := &members[i]
			if dst, err = m.write(append(dst, m.name...), v.Field(m.at)); err != nil {
				return nil, err
			}
		}
		return append(dst, '}'), nil
	}
}
