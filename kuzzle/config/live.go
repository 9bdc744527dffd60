package config

import (
	"encoding/json"
	"errors"
	"reflect"
)

// Find returns the setting of a path or of its alias, and reports whether there
// is one.
func Find(path string) (Key, bool) {
	key := keys().byPath[path]
	if key == nil {
		return Key{}, false
	}
	return *key, true
}

// Unknown says that a path is no setting, and which one was most likely meant.
func Unknown(path string) string { return unknownKey(path, FromProgram) }

// Bounds are what values of a setting have to lie within, each as it could stand
// in a file; empty where there is none.
type Bounds struct {
	Min     string   `json:"min,omitempty"`
	Max     string   `json:"max,omitempty"`
	Choices []string `json:"choices,omitempty"`
}

// Bounds returns the setting's.
func (key *Key) Bounds() Bounds { return Bounds{Min: key.min, Max: key.max, Choices: key.choices} }

// Value returns a setting's value as it could stand in a file, masked when it is
// a secret.
func (c *Config) Value(key Key) json.RawMessage { return encode(c.field(&key).Interface()) }

// Put gives a setting a value as it could stand in a file. Its error says what to
// write instead, and then c is as before. [Config.Check] tells whether the result
// goes together.
func (c *Config) Put(key Key, value json.RawMessage) error {
	decoded, err := decodeText(string(value))
	if err != nil || key.Free {
		return errors.New("write one JSON value")
	}
	return key.assign(c.field(&key), decoded, false)
}

// Check returns what no single setting can tell: values that do not go together.
// Its error is of type [Problems].
func (c *Config) Check() error {
	if problems := c.check(nil); len(problems) > 0 {
		return problems
	}
	return nil
}

// Given returns the origins of a configuration that a program made itself: each
// setting that is not at its default comes from the program.
func Given(c Config) Origins {
	origins, standard := Origins{}, Default()
	for _, key := range Keys() {
		if !reflect.DeepEqual(c.field(&key).Interface(), standard.field(&key).Interface()) {
			origins[key.Path] = Origin{Source: FromProgram}
		}
	}
	return origins
}
