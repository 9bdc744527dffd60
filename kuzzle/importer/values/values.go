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

// TimeExample is the example of a time in error messages.
const TimeExample = "2006-01-02T15:04:05Z"

// layouts are RFC 3339 and the formats of databases.
var layouts = [...]string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999 MST",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02", "20060102150405Z", "Mon Jan 02 15:04:05 MST 2006",
	"2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z0700",
	"2006-01-02 15:04:05.999999999 Z0700", "2006-01-02 15:04:05.999999999 Z07:00",
	"2006-01-02 15:04", "2006-01-02T15:04", "2006-01-02T15:04Z07:00", "2006/01/02 15:04:05", "2006/01/02 15:04", "2006/01/02", "20060102",
	time.RFC1123, time.RFC1123Z, time.RFC850, time.ANSIC, time.UnixDate, "Mon Jan 02 2006 15:04:05 GMT-0700", "02 Jan 2006 15:04:05", "Jan 2, 2006 15:04:05",
}

// datesOfSheets are the date formats of spreadsheets, the English ones first.
var datesOfSheets = [2][]string{
	{"1/2/2006", "1/2/2006 15:04", "1/2/2006 15:04:05", "1/2/2006 3:04 PM", "1/2/2006 3:04:05 PM"},
	{"2/1/2006", "2/1/2006 15:04", "2/1/2006 15:04:05", "2.1.2006", "2.1.2006 15:04", "2.1.2006 15:04:05"},
}

// ofSheet reads a spreadsheet's date if only one order of month and day gives a date, or if
// both give the same.
func ofSheet(text string) (found time.Time, ok bool) {
	for _, order := range datesOfSheets {
		for _, layout := range order {
			at, err := time.Parse(layout, text)
			if err != nil {
				continue
			}
			if ok && !at.Equal(found) {
				return time.Time{}, false
			}
			found, ok = at, true
		}
	}
	return found, ok
}

// milliseconds is the least number read as milliseconds instead of seconds; as seconds it is
// in the year 5138. Microseconds and nanoseconds are detected in the same way.
const milliseconds = 1e11

// Spreadsheets count dates in days since the end of 1899. Numbers between these two are in the years
// 1954 to 2119; no system counts the seconds of the first day of 1970.
const firstSerial, lastSerial = 20_000, 80_000

var serialZero = time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)

// Time reads a date, also a spreadsheet's number of days, or seconds, milliseconds, microseconds or nanoseconds since 1970, and
// reports whether the text is a time.
func Time(text string) (time.Time, bool) {
	if at, err := time.Parse("20060102", text); err == nil && at.Year() > 1900 && at.Year() < 2100 {
		return at, true // no system counts the seconds of one year
	}
	if n, err := strconv.ParseFloat(text, 64); err == nil {
		if n >= firstSerial && n < lastSerial {
			return serialZero.Add(time.Duration(n * float64(24*time.Hour))).Round(time.Millisecond), true
		}
		for range 3 {
			if n >= milliseconds {
				n /= 1000
			}
		}
		return time.UnixMilli(int64(math.Round(n * 1000))).UTC(), n >= 0 && n < milliseconds
	}
	for _, layout := range layouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return ofSheet(text)
}

// IsNull reports whether a text is one of the ways in which databases and their tools write
// "no value".
func IsNull(text string) bool {
	switch text {
	case "NULL", "null", "Null", `\N`, "<null>", "(null)", "[null]", "None", "nil", "undefined", "NaN":
		return true
	}
	return strings.HasPrefix(text, "0000-00-00")
}

// IsShutOut reports whether a user's status means that the user cannot log in.
func IsShutOut(status string) bool {
	switch strings.ToLower(status) {
	case "disabled", "inactive", "blocked", "banned", "suspended", "deactivated", "deleted", "deprovisioned", "archived", "locked", "locked_out":
		return true
	}
	return false
}

// Truth reads a yes or no, and reports whether the text is one.
func Truth(text string) (yes, ok bool) {
	switch strings.ToLower(text) {
	case "true", "t", "yes", "y", "1", "on", "enabled":
		return true, true
	case "false", "f", "no", "n", "0", "off", "disabled":
		return false, true
	}
	return false, false
}

// List splits a list in one text: JSON, or texts separated by bars, commas or semicolons.
func List(text string) []string {
	var list []string
	if strings.HasPrefix(text, "[") {
		if json.Unmarshal([]byte(text), &list) == nil {
			return list
		}
		list = nil // it has the beginning of the list
		var numbers []json.Number
		if json.Unmarshal([]byte(text), &numbers) == nil {
			for _, number := range numbers {
				list = append(list, number.String())
			}
			return list
		}
	}
	for _, one := range strings.FieldsFunc(text, func(c rune) bool { return c == '|' || c == ',' || c == ';' }) {
		if one = strings.TrimSpace(one); one != "" {
			list = append(list, one)
		}
	}
	return list
}

// Unreadable returns the reason why a text is unreadable, "" for none.
func Unreadable(text string) string {
	if !utf8.ValidString(text) {
		return "the text is not UTF-8; convert the file"
	}
	if strings.ContainsFunc(text, func(c rune) bool { return unicode.IsControl(c) && c != '\n' && c != '\r' && c != '\t' }) {
		return "the text has control characters"
	}
	return ""
}

// Unusable reports whether a text in place of a digest marks a user who cannot log in by
// password.
func Unusable(text string) bool {
	text = strings.TrimSpace(text)
	if IsNull(text) {
		return true
	}
	if rest, is := cutFold(text, "{crypt}"); is {
		text = rest
	}
	if _, elsewhere := cutFold(text, "{sasl}"); elsewhere {
		return true
	}
	return strings.HasPrefix(text, "!") || strings.HasPrefix(text, "*") || text == "x" || text == "NP" || text == "LK"
}

func cutFold(text, prefix string) (rest string, ok bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// PhoneNumber removes the separators between digits.
func PhoneNumber(text string) string {
	return strings.Map(func(c rune) rune {
		if strings.ContainsRune(" -.()/\u00a0", c) {
			return -1
		}
		return c
	}, text)
}

// NotE164 reports whether a number is not unique without its country. Such numbers are kept
// and are no login names.
func NotE164(number string) bool {
	digits, ok := strings.CutPrefix(number, "+")
	return !ok || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != ""
}

// JSON returns a value as compact JSON.
func JSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return ""
	}
	return string(text)
}
