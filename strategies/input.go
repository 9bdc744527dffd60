package strategies

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/kuzzle/nearest"
)

// DecodeConfig reads a strategy's configuration into a struct. An absent or null configuration
// leaves the struct unchanged. An unknown key is an error that names the nearest key, since a
// mistyped option must not be silently off.
func DecodeConfig(cfg json.RawMessage, into any) error {
	if len(bytes.TrimSpace(cfg)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(cfg))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return badConfig(err, into)
	}
	if decoder.More() {
		return errors.New("more than one JSON value")
	}
	return nil
}

// badConfig rewords an error of encoding/json for the operator.
func badConfig(err error, into any) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) {
		return fmt.Errorf("%s has the wrong type, %s: give %s", cmp.Or(wrong.Field, "it"), wrong.Value, kindName(wrong.Type))
	}
	// encoding/json has no error type for an unknown key. A test pins its wording.
	quoted, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	name, failed := strconv.Unquote(quoted)
	if !unknown || failed != nil {
		return err
	}
	keys := configKeys(reflect.TypeOf(into), nil)
	if near := nearest.Of(name, keys); near != "" {
		return fmt.Errorf("there is no option %q: did you mean %q?", shorten(name), near)
	}
	return fmt.Errorf("there is no option %q; there are: %s", shorten(name), strings.Join(keys, ", "))
}

// configKeys lists the JSON names of a struct's fields, at any depth, in the order of declaration.
func configKeys(t reflect.Type, keys []string) []string {
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice || t.Kind() == reflect.Map {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return keys
	}
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" || !field.IsExported() || field.Anonymous || slices.Contains(keys, cmp.Or(name, field.Name)) {
			continue
		}
		keys = configKeys(field.Type, append(keys, cmp.Or(name, field.Name)))
	}
	return keys
}

func kindName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.Bool:
		return "true or false"
	case reflect.String:
		return "a string"
	case reflect.Slice, reflect.Array:
		return "an array"
	case reflect.Struct, reflect.Map:
		return "an object"
	}
	return "a number"
}

// Text reads a text field of at most most bytes. An absent field, null and "" count as not given.
// Errors: api.assert.invalid_type, api.assert.invalid_argument.
func (c Credentials) Text(field string, most int) (value string, given bool, err error) {
	if c[field] == nil {
		return "", false, nil
	}
	value, ok := c[field].(string)
	switch {
	case !ok:
		return "", false, assert.InvalidType.New(field, "string")
	case len(value) > most:
		return "", false, assert.InvalidArgument.New(field, fmt.Sprintf("at most %d bytes", most))
	}
	return value, value != "", nil
}

// Only refuses all fields except those named, with api.assert.unexpected_argument.
func (c Credentials) Only(fields ...string) error {
	for _, field := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(fields, field) {
			return assert.Unexpected.New(shorten(field), fields)
		}
	}
	return nil
}

// shorten bounds a client's text within an error.
func shorten(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
