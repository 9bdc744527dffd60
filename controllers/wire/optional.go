package wire

import "github.com/gokuzzle/kuzzle/kuzzle/fault/assert"

// Optional is a value that may be left out, where no default can stand for that. Null
// is left out.
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
	if _, flag := any(given).(bool); flag {
		return assert.InvalidType.New(name, "boolean")
	}
	return assert.InvalidType.New(name, "string")
}
