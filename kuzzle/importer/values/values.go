package values

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// TimeExample is how a time is best written.
const TimeExample = "2006-01-02T15:04:05Z"

// layouts are RFC 3339 and what databases write instead.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999 MST",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02", "20060102150405Z", "Mon Jan 02 15:04:05 MST 2006",
}

// milliseconds tells numbers of milliseconds from numbers of seconds: as
// seconds it lies in the year 5138.
const milliseconds = 1e11

// Time reads a date, or seconds or milliseconds since 1970, and reports whether the
// text is one.
func Time(text string) (time.Time, bool) {
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if n >= milliseconds {
			n /= 1000
		}
		return time.UnixMilli(int64(math.Round(n * 1000))).UTC(), n >= 0 && n < milliseconds
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// Truth reads a yes or no, and reports whether the text is one.
func Truth(text string) (yes, ok bool) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1":
		return true, true
	case "false", "f", "no", "n", "0":
		return false, true
	}
	return false, false
}

// List splits a list inside one text: one in JSON, or texts between bars, commas or
// semicolons.
func List(text string) []string {
	var list []string
	if strings.HasPrefix(text, "[") && json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	for _, one := range strings.FieldsFunc(text, func(c rune) bool { return c == '|' || c == ',' || c == ';' }) {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// Unreadable tells why a text is none, "" for one that is.
func Unreadable(text string) string {
	if !utf8.ValidString(text) {
		return "it is not in UTF-8; convert the file"
	}
	if strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }) {
		return "it has control characters"
	}
	return ""
}
