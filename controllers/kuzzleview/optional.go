package kuzzleview

import (
	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Optional is a value that may be left out and has no default. Null counts as left out.
type Optional[T bool | string] struct{ Value *T }

// Decode takes a value of the type, or null.
func (o *Optional[T]) Decode(name string, value any) error {
	if value == nil {
		return nil
	}
	given, ok := value.(T)
	if ok {
		o.Value = &given
		return nil
	}
	return assert.InvalidType.New(name, o.JSONType())
}

// JSONType implements api.Typed.
func (o Optional[T]) JSONType() string {
	if _, flag := any(*new(T)).(bool); flag {
		return "boolean"
	}
	return "string"
}

// TakesNull implements api.Nullable.
func (Optional[T]) TakesNull() {}

// Flag is a boolean argument that may be left out. Over HTTP it is a text, and true
// where it has no value.
type Flag struct{ Value *bool }

// Decode takes a boolean, or its text.
func (f *Flag) Decode(name string, value any) error {
	var is bool
	switch value {
	case true, "", "true", "1":
		is = true
	case false, "false", "0":
	default:
		return assert.InvalidType.New(name, f.JSONType())
	}
	f.Value = &is
	return nil
}

// JSONType implements api.Typed.
func (Flag) JSONType() string { return "boolean" }

// Version is the version of a document that a change is meant for, 0 if the client gives none.
type Version int

// Decode takes a number from 1.
func (v *Version) Decode(name string, value any) error {
	var given api.MaybeInt
	if err := given.Decode(name, value); err != nil {
		return err
	}
	if given.Int < 1 {
		return assert.InvalidArgument.New(name, "the document's version, an integer from 1")
	}
	*v = Version(given.Int)
	return nil
}
