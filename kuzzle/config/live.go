package config

import (
	"encoding/json"
	"errors"
	"reflect"
)

// Find returns the setting with a path or alias, and reports whether it exists.
func Find(path string) (Key, bool) {
	key := keys().byPath[path]
	if key == nil {
		return Key{}, false
	}
	return *key, true
}

// Unknown returns the message that a path is not a setting, with the nearest one.
func Unknown(path string) string { return unknownKey(path, FromProgram) }

// Bounds are the bounds of a setting's values, each in the form of the file;
// empty if there are none.
type Bounds struct {
	Min     string   `json:"min,omitempty"`
	Max     string   `json:"max,omitempty"`
	Choices []string `json:"choices,omitempty"`
}

// Bounds returns the bounds of the setting.
func (key *Key) Bounds() Bounds { return Bounds{Min: key.min, Max: key.max, Choices: key.choices} }

// Value returns a setting's value in the form of the file; secrets are masked.
func (c *Config) Value(key Key) json.RawMessage { return encode(c.field(&key).Interface()) }

// Put sets a setting to a value in the form of the file. Its error tells what to
// write instead, and then c is unchanged. [Config.Check] tells whether the values
// are consistent.
func (c *Config) Put(key Key, value json.RawMessage) error {
	decoded, err := decodeText(string(value))
	if err != nil || key.Free {
		return errors.New("write one JSON value")
	}
	return key.assign(c.field(&key), decoded, false)
}

// Check finds values that are inconsistent with each other. Its error is of type
// [Problems].
func (c *Config) Check() error {
	if problems := c.check(nil); len(problems) > 0 {
		return problems
	}
	return nil
}

// Given returns the origins of a configuration that a program made itself: each
// setting with another value than its default comes from the program.
func Given(c Config) Origins {
	origins, standard := Origins{}, Default()
	for _, key := range Keys() {
		if !reflect.DeepEqual(c.field(&key).Interface(), standard.field(&key).Interface()) {
			origins[key.Path] = Origin{Source: FromProgram}
		}
	}
	return origins
}
