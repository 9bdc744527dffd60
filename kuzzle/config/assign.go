package config

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// jsonMark begins a text that holds JSON, as in Kuzzle's environment variables.
const jsonMark = "*json:"

// assign writes a value into a field. The value is in the forms that JSON
// decodes to. With fromText it is a text, as in the environment.
func (key *Key) assign(field reflect.Value, value any, fromText bool) error {
	if text, ok := value.(string); ok && fromText {
		if rest, marked := strings.CutPrefix(text, jsonMark); marked {
			decoded, err := decodeText(rest)
			if err != nil {
				return err
			}
			return key.assign(field, decoded, false)
		}
	}
	switch target := field.Addr().Interface().(type) {
	case *bool:
		return assignBool(target, value, fromText)
	case *int:
		return key.assignInt(target, value)
	case *Duration:
		return key.assignDuration(target, value)
	case *Size:
		return key.assignSize(target, value)
	case *List:
		return assignList(target, value)
	case *Prefixes:
		return assignPrefixes(target, value)
	}
	text, ok := value.(string)
	if !ok || hasControl(text) {
		return errText
	}
	if key.choices != nil {
		return key.assignChoice(field, text)
	}
	field.SetString(text)
	return nil
}

func decodeText(text string) (any, error) {
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil || decoder.More() {
		return nil, fmt.Errorf("write one JSON value after %s", jsonMark)
	}
	return value, nil
}

func assignBool(target *bool, value any, fromText bool) error {
	switch value {
	case true, false:
		*target = value.(bool)
		return nil
	}
	if text, ok := value.(string); ok && fromText {
		switch strings.ToLower(text) {
		case "true", "1", "false", "0":
			*target = text == "1" || strings.EqualFold(text, "true")
			return nil
		}
	}
	return errBool
}

// literal returns the text of a number, or of a text that holds a number.
func literal(value any) (string, bool) {
	switch v := value.(type) {
	case json.Number:
		return v.String(), true
	case string:
		return v, true
	}
	return "", false
}

func (key *Key) assignInt(target *int, value any) error {
	text, ok := literal(value)
	number, err := strconv.Atoi(text)
	if !ok || err != nil {
		return errInt
	}
	if number < key.bound(key.min, number) || number > key.bound(key.max, number) {
		return key.outOfRange()
	}
	*target = number
	return nil
}

func (key *Key) bound(limit string, none int) int {
	if limit == "" {
		return none
	}
	number, err := strconv.Atoi(limit)
	if err != nil {
		panic("config: bad limit of " + key.Path) // a test over all keys excludes this
	}
	return number
}

func (key *Key) assignDuration(target *Duration, value any) error {
	text, ok := literal(value)
	if !ok {
		return errDuration
	}
	d, err := ParseDuration(text)
	if err != nil {
		return err
	}
	if d == Infinite && key.infinite {
		*target = d
		return nil
	}
	least, _ := ParseDuration(key.min)
	most, err := ParseDuration(key.max)
	if d < least || d == Infinite || (err == nil && d > most) {
		return key.outOfRange()
	}
	*target = d
	return nil
}

func (key *Key) assignSize(target *Size, value any) error {
	text, ok := literal(value)
	if !ok {
		return errSize
	}
	size, err := ParseSize(text)
	if err != nil {
		return err
	}
	least, _ := ParseSize(key.min)
	most, err := ParseSize(key.max)
	if size < least || (err == nil && size > most) {
		return key.outOfRange()
	}
	*target = size
	return nil
}

func (key *Key) outOfRange() error {
	switch {
	case key.max == "":
		return fmt.Errorf("write at least %s", key.min)
	case key.infinite:
		return fmt.Errorf("write a value from %s to %s, or -1", key.min, key.max)
	}
	return fmt.Errorf("write a value from %s to %s", key.min, key.max)
}

func (key *Key) assignChoice(field reflect.Value, text string) error {
	for _, choice := range key.choices {
		if strings.EqualFold(choice, text) {
			field.SetString(choice)
			return nil
		}
	}
	return fmt.Errorf("write %s", strings.Join(key.choices, " or "))
}

// items reads a list of texts; a single text is split at commas.
func items(value any) ([]string, bool) {
	switch v := value.(type) {
	case string:
		var list []string
		for item := range strings.SplitSeq(v, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		return list, !hasControl(v)
	case []any:
		list := make([]string, len(v))
		for i := range v {
			text, ok := v[i].(string)
			if !ok || hasControl(text) {
				return nil, false
			}
			list[i] = text
		}
		return list, true
	}
	return nil, false
}

func assignList(target *List, value any) error {
	list, ok := items(value)
	if !ok {
		return errList
	}
	*target = list
	return nil
}

func assignPrefixes(target *Prefixes, value any) error {
	list, ok := items(value)
	if !ok {
		return errPrefix
	}
	prefixes := make(Prefixes, len(list))
	for i, text := range list {
		var err error
		if prefixes[i], err = parsePrefix(text); err != nil {
			return err
		}
	}
	*target = prefixes
	return nil
}

func hasControl(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f })
}
