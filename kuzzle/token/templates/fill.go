package templates

import (
	"encoding/json"
	"strings"
)

// Values are the values of shortcodes: JSON values, by the words of their paths. The
// first word of a path is the topic of a shortcode. With a topic that Values do not
// have, it is not a shortcode, and its text stays as it is.
type Values map[string]any

const (
	opening = "{{"
	closing = "}}"
	// or separates alternatives, which are tried in order.
	or = "||"
	// quote encloses a literal text in them.
	quote = '\''
)

// fill replaces the shortcodes in the texts of a JSON value.
func (v Values) fill(template any) any {
	switch t := template.(type) {
	case map[string]any:
		filled := make(map[string]any, len(t))
		for key, value := range t {
			filled[key] = v.fill(value)
		}
		return filled
	case []any:
		filled := make([]any, len(t))
		for i, value := range t {
			filled[i] = v.fill(value)
		}
		return filled
	case string:
		return v.text(t)
	}
	return template
}

// text returns a text with its shortcodes replaced. A text that consists of one
// shortcode becomes the shortcode's value, of any type. In other texts the outer blanks
// are removed.
func (v Values) text(text string) any {
	var filled strings.Builder
	rest, found := text, false
	for {
		before, inner, after, ok := cut(rest)
		if !ok {
			break
		}
		value, known := v.expression(inner)
		switch {
		case !known:
			filled.WriteString(before + opening + inner + closing)
		case before == "" && after == "" && filled.Len() == 0 && !found:
			return value
		default:
			filled.WriteString(before + written(value))
			found = true
		}
		rest = after
	}
	if !found {
		return text
	}
	return strings.TrimSpace(filled.String() + rest)
}

// cut finds the first {{…}} of a text. After a quote, }} is part of the literal.
func cut(text string) (before, inner, after string, ok bool) {
	from := strings.Index(text, opening)
	if from < 0 {
		return "", "", "", false
	}
	within := text[from+len(opening):]
	quoted := false
	for i := range len(within) {
		switch {
		case within[i] == quote:
			quoted = !quoted
		case !quoted && strings.HasPrefix(within[i:], closing):
			return text[:from], within[:i], within[i+len(closing):], true
		}
	}
	return "", "", "", false
}

// expression returns the first operand that is neither null nor false, or the last one.
// known is false if one of them is not an operand.
func (v Values) expression(text string) (value any, known bool) {
	chosen := false
	for _, operand := range operands(text) {
		next, known := v.operand(strings.TrimSpace(operand))
		if !known {
			return nil, false
		}
		if !chosen {
			value = next
		}
		chosen = chosen || next != nil && next != false
	}
	return value, true
}

// operands splits an expression at ||.
func operands(text string) (all []string) {
	quoted, from := false, 0
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == quote:
			quoted = !quoted
		case !quoted && strings.HasPrefix(text[i:], or):
			all = append(all, text[from:i])
			i += len(or) - 1
			from = i + 1
		}
	}
	return append(all, text[from:])
}

// operand returns the value of a path or of a literal: a text in single quotes, a
// number, true or false.
func (v Values) operand(text string) (value any, known bool) {
	if len(text) > 1 && text[0] == quote && text[len(text)-1] == quote && strings.Count(text, string(quote)) == 2 {
		return text[1 : len(text)-1], true
	}
	switch literal := any(nil); {
	case json.Unmarshal([]byte(text), &literal) != nil:
	case literal == true, literal == false:
		return literal, true
	default:
		if _, is := literal.(float64); is {
			return json.Number(text), true
		}
	}
	words := strings.Split(text, ".")
	if value, known = v[words[0]]; !known {
		return nil, false
	}
	for _, word := range words[1:] {
		within, _ := value.(map[string]any)
		value = within[word]
	}
	return value, true
}

// written returns a value in the form in which a text contains it.
func written(value any) string {
	if text, is := value.(string); is {
		return text
	}
	text, _ := json.Marshal(value) // JSON values always encode
	return string(text)
}
