package values

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"
)

// Decode is json.Unmarshal, except that numbers in place of an any are a json.Number if the text
// has long ones: see [Exact].
func Decode(raw []byte, into any) error {
	if !HasLongNumber(raw) || !json.Valid(raw) {
		return json.Unmarshal(raw, into)
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	return decoder.Decode(into)
}

// HasLongNumber reports whether a text has as many digits in a row as the least integer that a
// float64 cannot hold.
func HasLongNumber(text []byte) bool {
	const least = len("9007199254740993")
	row := 0
	for _, c := range text {
		if c < '0' || c > '9' {
			row = 0
		} else if row++; row == least {
			return true
		}
	}
	return false
}

// Number returns a number as a float64, or its text if that is no number of JSON or an integer
// that a float64 cannot hold. Rounded, an id of 64 bits would be that of another user.
func Number(text string) any {
	n, err := strconv.ParseFloat(text, 64)
	whole := strings.Trim(text, "-0123456789") == ""
	if err != nil || math.IsNaN(n) || math.IsInf(n, 0) || whole && strconv.FormatFloat(n, 'f', -1, 64) != text {
		return text
	}
	return n
}

// Exact replaces every json.Number in a value as Number does, and returns the value.
func Exact(value any) any {
	switch value := value.(type) {
	case json.Number:
		return Number(string(value))
	case []any:
		for i := range value {
			value[i] = Exact(value[i])
		}
	case map[string]any:
		for name := range value {
			value[name] = Exact(value[name])
		}
	}
	return value
}
