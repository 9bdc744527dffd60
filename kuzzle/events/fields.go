package events

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Type is what the values of a field are.
type Type uint8

// The types: string; int, int64 or a finite float64; bool; []string, or what JSON
// makes of one.
const (
	Text Type = iota + 1
	Number
	Flag
	Texts
)

const (
	// maxText and maxTexts bound a text, in bytes, and a list of them; longer
	// ones are cut, which is marked by an ellipsis.
	maxText  = 512
	maxTexts = 100
	cut      = "…"
)

// fields are all that Data may hold. A field is added here and nowhere else, and
// only when none of its values can be a secret: no password, token, digest or
// fingerprint of one, no private metadata, nothing a stranger typed.
var fields = map[Field]Type{
	Strategy: Text, Strategies: Texts, Factors: Texts,
	ProfileIDs: Texts, RoleIDs: Texts, UserIDs: Texts, Owner: Text,
	Changed: Texts, Reason: Text, KeyID: Text, ExpiresAt: Text,
	RetryAfter: Number, Count: Number, Failures: Number, Version: Number,
	ContactID: Text, ContactKind: Text,
	Actions: Texts, Action: Text, Tried: Text,
	Everywhere: Flag, SingleUse: Flag, NewPlace: Flag, Source: Text, Index: Text, Store: Text, Purpose: Text, Value: Text, Act: Text,
}

// Check tells what is wrong with an event: an unknown name, an undeclared field,
// a value of another type. Publish mends what Check would complain about.
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

// Clean returns the data that may be told, as a copy, bounded.
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

// texts reads a list as it comes back from JSON.
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
