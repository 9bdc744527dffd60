package server

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// yamlOf writes a JSON text as YAML, with the members of objects in the order of their
// names, which may have 1,000 bytes. A library, which also reads YAML, would take the
// compiler over a second.
func yamlOf(text []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	out, err := appendYAML(nil, value, "\n")
	if err != nil {
		return nil, err
	}
	return append(out[1:], '\n'), nil // it begins with the space or the line break of a value
}

// appendYAML adds a value after a name or a dash. An object or array that is not empty has
// lines of its own, which begin with start.
func appendYAML(out []byte, value any, start string) (_ []byte, err error) {
	switch v := value.(type) {
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			out = append(appendText(append(out, start...), name), ':')
			if out, err = appendYAML(out, v[name], start+"  "); err != nil {
				return nil, err
			}
		}
		if len(v) > 0 {
			return out, nil
		}
	case []any:
		for _, item := range v {
			if out, err = appendYAML(append(append(out, start...), '-'), item, start+"  "); err != nil {
				return nil, err
			}
		}
		if len(v) > 0 {
			return out, nil
		}
	case string:
		return appendText(append(out, ' '), v), nil
	}
	// What is left is the same in YAML.
	text, err := json.Marshal(value)
	return append(append(out, ' '), text...), err
}

// yamlWords are what some readers of YAML take for other values than texts.
var yamlWords = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}

// appendText adds a text, in quotes unless it can have no other meaning. YAML has all the
// escapes of Go.
func appendText(out []byte, text string) []byte {
	const letters, alsoInside = "abcdefghijklmnopqrstuvwxyz", "0123456789/_.-{} "
	low := strings.ToLower(text)
	if text == "" || !strings.ContainsRune(letters+"/", rune(low[0])) || strings.Trim(low, letters+alsoInside) != "" ||
		strings.HasSuffix(text, " ") || slices.Contains(yamlWords, low) {
		return strconv.AppendQuote(out, text)
	}
	return append(out, text...)
}
