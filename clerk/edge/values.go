package edge

import (
	"math"
	"strconv"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Nullable tells how an argument was sent. Given and Null are false for an absent one
// and true for null.
type Nullable struct{ Given, Null bool }

// TakesNull implements api.Nullable.
func (Nullable) TakesNull() {}

// Is reports whether there is a value.
func (n Nullable) Is() bool { return n.Given && !n.Null }

// came records the argument and reports whether it has a value to read.
func (n *Nullable) came(value any) bool {
	n.Given, n.Null = true, value == nil
	return value != nil
}

// Text is a text.
type Text struct {
	Value string
	Nullable
}

// Holds reports whether there is a text.
func (t *Text) Holds() bool { return t.Is() }

// Into writes the text to a field, if there is one.
func (t *Text) Into(field *string) {
	if t.Is() {
		*field = t.Value
	}
}

// Drop makes the argument absent.
func (t *Text) Drop() { *t = Text{} }

// JSONType implements api.Typed.
func (Text) JSONType() string { return "string" }

// Decode implements api.Decoder.
func (t *Text) Decode(name string, value any) (err error) {
	if !t.came(value) {
		return nil
	}
	var ok bool
	if t.Value, ok = value.(string); !ok {
		return assert.InvalidType.New(name, "string")
	}
	return nil
}

// Texts is a list of texts, or one text.
type Texts struct {
	Values []string
	Nullable
}

// Holds reports whether there is a text.
func (t *Texts) Holds() bool { return len(t.Values) > 0 }

// Into writes the texts to a field, if the argument has any or is an empty list.
func (t *Texts) Into(field *[]string) {
	if t.Is() {
		*field = t.Values
	}
}

// Drop makes the argument absent.
func (t *Texts) Drop() { *t = Texts{} }

// JSONType implements api.Typed.
func (Texts) JSONType() string { return "array" }

// Decode implements api.Decoder.
func (t *Texts) Decode(name string, value any) error {
	if !t.came(value) {
		return nil
	}
	var ok bool
	switch v := value.(type) {
	case string:
		// In a query, one value of a list is a text; in a body, a list must be a list.
		t.Values, ok = []string{v}, !inBody(name)
	case []any:
		t.Values, ok = api.Strings(v)
	}
	if !ok {
		return assert.InvalidType.New(name, "string[]")
	}
	return nil
}

const bodyPrefix = "body."

func inBody(name string) bool {
	return len(name) > len(bodyPrefix) && name[:len(bodyPrefix)] == bodyPrefix
}

// Flag is a boolean.
type Flag struct {
	Value bool
	Nullable
}

// JSONType implements api.Typed.
func (Flag) JSONType() string { return "boolean" }

// Decode implements api.Decoder.
func (f *Flag) Decode(name string, value any) error {
	if !f.came(value) {
		return nil
	}
	switch v := value.(type) {
	case bool:
		f.Value = v
		return nil
	case string:
		if v == "true" || v == "false" {
			if f.Value = v == "true"; !inBody(name) {
				return nil
			}
		}
	}
	return assert.InvalidType.New(name, "boolean")
}

// Into writes the flag to a field, if it was given.
func (f Flag) Into(field *bool) { *field = f.Or(*field) }

// Or returns the flag, or absent if it was not given.
func (f Flag) Or(absent bool) bool {
	if f.Is() {
		return f.Value
	}
	return absent
}

// Pointer returns the flag, nil if it was not given.
func (f Flag) Pointer() *bool {
	if !f.Is() {
		return nil
	}
	return &f.Value
}

// Number is a whole number.
type Number struct {
	Value int64
	Nullable
}

// maxWhole is the largest whole number that all JSON parsers read exactly.
const maxWhole = 1<<53 - 1

// JSONType implements api.Typed.
func (Number) JSONType() string { return "integer" }

// Decode implements api.Decoder.
func (n *Number) Decode(name string, value any) error {
	if !n.came(value) {
		return nil
	}
	switch v := value.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) <= maxWhole {
			n.Value = int64(v)
			return nil
		}
	case string:
		number, err := strconv.ParseInt(v, 10, 64)
		if err == nil && !inBody(name) {
			n.Value = number
			return nil
		}
	}
	return assert.InvalidType.New(name, "integer")
}

// Object is a JSON object.
type Object struct {
	Value map[string]any
	Nullable
}

// JSONType implements api.Typed.
func (Object) JSONType() string { return "object" }

// Decode implements api.Decoder.
func (o *Object) Decode(name string, value any) error {
	if !o.came(value) {
		return nil
	}
	var ok bool
	if o.Value, ok = value.(map[string]any); !ok {
		return Refusal(ValueInvalid, name[len(bodyPrefix):])
	}
	return nil
}

// Time is a time of RFC 3339.
type Time struct {
	Value time.Time
	Nullable
}

// JSONType implements api.Typed.
func (Time) JSONType() string { return "string" }

// Decode implements api.Decoder.
func (t *Time) Decode(name string, value any) (err error) {
	if !t.came(value) {
		return nil
	}
	text, ok := value.(string)
	if !ok {
		return assert.InvalidType.New(name, "string")
	}
	if t.Value, err = time.Parse(time.RFC3339, text); err != nil || t.Value.UnixMilli() <= 0 {
		return Refusal(TimeInvalid, name[len(bodyPrefix):])
	}
	return nil
}
