// Package plainjson writes JSON as encoding/json does, without escapes for HTML:
// texts of clients come back in the same characters. It reads the members of an
// object of that form without decoding them.
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
	before, from, ascii := len(dst), 0, true
	dst = append(dst, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ':
			return appendSlowly(dst[:before], text)
		case c >= utf8.RuneSelf:
			ascii = false
		case c == '"', c == '\\':
			dst = append(dst, text[from:i]...)
			dst = append(dst, '\\', c)
			from = i + 1
		}
	}
	if !ascii && !standsForItself(text) {
		return appendSlowly(dst[:before], text)
	}
	dst = append(dst, text[from:]...)
	return append(dst, '"')
}

// standsForItself reports whether encoding/json writes non-ASCII characters
// unchanged: it replaces invalid UTF-8, and escapes two line separators.
func standsForItself(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsAny(text, "\u2028\u2029")
}

func appendSlowly(dst []byte, text string) []byte {
	out, err := Append(dst, text)
	if err != nil {
		panic(err) // a string always encodes
	}
	return out
}
