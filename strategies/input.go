package strategies

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// DecodeConfig reads a strategy's configuration into a struct. Nothing and null
// leave it as it is; unknown keys are errors, since a mistyped option must not
// be one that is off.
func DecodeConfig(cfg json.RawMessage, into any) error {
	if len(bytes.TrimSpace(cfg)) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(cfg))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if decoder.More() {
		return errors.New("more than one JSON value")
	}
	return nil
}

// Text reads a field of at most so many bytes. Absent, null and "" are all not
// given. Errors: api.assert.invalid_type, api.assert.invalid_argument.
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

// Only refuses fields other than those named, with api.assert.unexpected_argument.
func (c Credentials) Only(fields ...string) error {
	for _, field := range slices.Sorted(maps.Keys(c)) {
		if !slices.Contains(fields, field) {
			return assert.Unexpected.New(shorten(field), fields)
		}
	}
	return nil
}

// shorten keeps a client's own text in an error within reason.
func shorten(text string) string {
	const most = 64
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}
