// Package plainjson writes JSON as encoding/json does, without the escapes that
// are for HTML: what clients sent comes back in the same characters.
//
// It knows nothing of this program.
package plainjson

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf8"
)

// Append adds a value to dst. Its errors are those of encoding/json.
func Append(dst []byte, value any) ([]byte, error) {
	buffer := bytes.NewBuffer(dst)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimRight(buffer.Bytes(), "\n"), nil
}

// AppendString adds a string to dst.
func AppendString(dst []byte, text string) []byte {
	if !isPlain(text) {
		out, err := Append(dst, text)
		if err != nil {
			panic(err) // a string always encodes
		}
		return out
	}
	dst = append(dst, '"')
	dst = append(dst, text...)
	return append(dst, '"')
}

// isPlain tells whether a string stands for itself: encoding/json escapes what
// JSON makes it escape, two line separators, and whatever is not UTF-8.
func isPlain(text string) bool {
	ascii := true
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c == '"', c == '\\':
			return false
		case c >= utf8.RuneSelf:
			ascii = false
		}
	}
	return ascii || utf8.ValidString(text) && !strings.ContainsAny(text, "\u2028\u2029")
}
