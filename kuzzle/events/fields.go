package events

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Type is the type of a field's values.
type Type uint8

// The types: string; int, int64 or a finite float64; bool; []string, or a []any of strings from
// JSON.
const (
	Text Type = iota + 1
	Number
	Flag
	Texts
)

const (
	// maxText bounds a text, in bytes, and maxTexts a list of texts. Longer ones are cut and marked
	// by an ellipsis.
	maxText  = 512
	maxTexts = 100
	cut      = "…"
)

// fields declares all fields that Data may have. Add a field only if none of its values can be a
// secret: no password, token, digest or fingerprint of one, no private metadata, and no text that a
// stranger typed.
var fields = map[Field]Type{
	Strategy: Text, Strategies: Texts, Factors: Texts,
	ProfileIDs: Texts, RoleIDs: Texts, UserIDs: Texts, Owner: Text,
	Changed: Texts, Reason: Text, KeyID: Text, ExpiresAt: Text,
	RetryAfter: Number, Count: Number, Failures: Number, Version: Number,
	ContactID: Text, ContactKind: Text,
	Actions: Texts, Action: Text, Tried: Text,
	Everywhere: Flag, SingleUse: Flag, NewPlace: Flag, Source: Text, Index: Text, Store: Text, Purpose: Text, Value: Text, Act: Text,
}

// Check returns the faults of an event: an unknown name, an undeclared field, a value of another
// type. Publish repairs them.
func (e *Event) Check() error {
	var wrong []string
	if !slices.Contains(Names(), e.Name) {
		wrong = append(wrong, fmt.Sprintf("unknown name %q", e.Name))
	}
	for field, value := range e.Data {
		if _, ok := fit(field, value); !ok {
			wrong = append(wrong, fmt.Sprintf("field %q may not hold a %T", field, value))
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	slices.Sort(wrong)
	return fmt.Errorf("events: %s: %s", e.Name, strings.Join(wrong, ", "))
}

// Clean returns a copy of the data with only declared fields, within the bounds.
func (d Data) Clean() Data {
	if len(d) == 0 {
		return nil
	}
	kept := make(Data, len(d))
	for field, value := range d {
		if value, ok := fit(field, value); ok {
			kept[field] = value
		}
	}
	return kept
}

func fit(field Field, value any) (any, bool) {
	switch v := value.(type) {
	case string:
		return shorten(v), fields[field] == Text
	case bool:
		return v, fields[field] == Flag
	case int, int64:
		return v, fields[field] == Number
	case float64:
		return v, fields[field] == Number && !math.IsNaN(v) && !math.IsInf(v, 0)
	case []string:
		return shortenAll(v), fields[field] == Texts
	case []any:
		list, ok := texts(v)
		return shortenAll(list), ok && fields[field] == Texts
	}
	return nil, false
}

// texts converts a list of texts that was decoded from JSON.
func texts(list []any) ([]string, bool) {
	read := make([]string, 0, len(list))
	for _, value := range list {
		text, ok := value.(string)
		if !ok {
			return nil, false
		}
		read = append(read, text)
	}
	return read, true
}

func shortenAll(list []string) []string {
	short := make([]string, 0, min(len(list), maxTexts+1))
	for _, text := range list {
		if len(short) == maxTexts {
			return append(short, cut)
		}
		short = append(short, shorten(text))
	}
	return short
}

func shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + cut
}
