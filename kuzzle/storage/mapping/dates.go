package mapping

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

const defaultFormat = "strict_date_optional_time||epoch_millis"

var knownFormats = []string{"strict_date_optional_time", "date_optional_time", "strict_date_optional_time_nanos", "strict_date_time", "date_time", "strict_date", "date", "epoch_millis", "epoch_second"}

// dateFormats splits the words of a format; unknown is the first that is not
// supported.
func dateFormats(format string) (formats []dateFormat, unknown string) {
	if format == "" {
		format = defaultFormat
	}
	for _, name := range strings.Split(format, "||") {
		f, ok := formatOf(name)
		if !ok {
			return formats, cmp.Or(name, "||") // an empty word stands beside one
		}
		formats = append(formats, f)
	}
	return formats, ""
}

func numbersAreSeconds(formats []dateFormat) bool {
	has := func(name string) bool {
		return slices.ContainsFunc(formats, func(f dateFormat) bool { return f.name == name })
	}
	return has("epoch_second") && !has("epoch_millis")
}

// parseDate reads a date in one of the formats, as milliseconds since 1970. Of
// a date without its smaller parts it answers the first millisecond meant, or
// with up the last.
func parseDate(s string, formats []dateFormat, up bool) (int64, bool) {
	for _, f := range formats {
		switch {
		case f.steps != nil:
			if at, ok := f.parse(s); ok {
				if up {
					at = f.unit.after(at).Add(-time.Millisecond)
				}
				return at.UnixMilli(), true
			}
		case f.name == "epoch_millis" || f.name == "epoch_second":
			n, err := strconv.ParseInt(s, 10, 64)
			if err != nil || n > 1<<50 || n < -1<<50 {
				continue
			}
			if f.name == "epoch_second" {
				n *= 1000
			}
			return n, true
		default:
			if at, unit, ok := parseISO(s); ok {
				if up {
					at = unit.after(at).Add(-time.Millisecond)
				}
				return at.UnixMilli(), true
			}
		}
	}
	return 0, false
}

// dateUnit is the smallest part that a date has.
type dateUnit byte

func (u dateUnit) after(t time.Time) time.Time { return u.add(t, 1) }

func (u dateUnit) add(t time.Time, n int) time.Time {
	switch u {
	case 'y':
		return t.AddDate(n, 0, 0)
	case 'M':
		return t.AddDate(0, n, 0)
	case 'w':
		return t.AddDate(0, 0, 7*n)
	case 'd':
		return t.AddDate(0, 0, n)
	case 'h', 'H':
		return t.Add(time.Duration(n) * time.Hour)
	case 'm':
		return t.Add(time.Duration(n) * time.Minute)
	case 's':
		return t.Add(time.Duration(n) * time.Second)
	}
	return t.Add(time.Duration(n) * time.Millisecond)
}

func (u dateUnit) floor(t time.Time) time.Time {
	year, month, day := t.Date()
	switch u {
	case 'y':
		return time.Date(year, 1, 1, 0, 0, 0, 0, t.Location())
	case 'M':
		return time.Date(year, month, 1, 0, 0, 0, 0, t.Location())
	case 'w':
		return time.Date(year, month, day-(int(t.Weekday())+6)%7, 0, 0, 0, 0, t.Location())
	case 'd':
		return time.Date(year, month, day, 0, 0, 0, 0, t.Location())
	case 'h', 'H':
		return t.Truncate(time.Hour)
	case 'm':
		return t.Truncate(time.Minute)
	case 's':
		return t.Truncate(time.Second)
	}
	return t
}

// isoLayouts are the forms of a date before its fraction and zone, longest
// first, with the smallest part of each.
var isoLayouts = []struct {
	layout string
	unit   dateUnit
}{
	{"2006-01-02T15:04:05", 's'}, {"2006-01-02T15:04", 'm'}, {"2006-01-02T15", 'h'},
	{"2006-01-02", 'd'}, {"2006-01", 'M'}, {"2006", 'y'},
}

func parseISO(s string) (time.Time, dateUnit, bool) {
	body, zone, ok := cutZone(s)
	if !ok {
		return time.Time{}, 0, false
	}
	body, fraction, fractional := cutFraction(body)
	for _, l := range isoLayouts {
		if len(body) != len(l.layout) {
			continue
		}
		at, err := time.ParseInLocation(l.layout, body, zone)
		if err != nil || fractional && l.unit != 's' {
			return at, 0, false
		}
		if fractional {
			return at.Add(fraction), 'f', true
		}
		return at.UTC(), l.unit, true
	}
	return time.Time{}, 0, false
}

// cutZone splits off Z, +hh, +hhmm or +hh:mm after a time of day.
func cutZone(s string) (string, *time.Location, bool) {
	at := strings.IndexByte(s, 'T')
	if at < 0 {
		return s, time.UTC, true
	}
	if rest, utc := strings.CutSuffix(s, "Z"); utc {
		return rest, time.UTC, true
	}
	sign := strings.LastIndexAny(s, "+-")
	if sign < at {
		return strings.TrimSuffix(s, "T"), time.UTC, true
	}
	digits := strings.Replace(s[sign+1:], ":", "", 1)
	if len(digits) == 2 {
		digits += "00"
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || len(digits) != 4 || n/100 > 18 || n%100 > 59 {
		return s, nil, false
	}
	offset := int(n/100*3600 + n%100*60)
	if s[sign] == '-' {
		offset = -offset
	}
	return s[:sign], time.FixedZone("", offset), true
}

func cutFraction(s string) (body string, fraction time.Duration, found bool) {
	body, digits, found := strings.Cut(s, ".")
	if !found || digits == "" || len(digits) > 9 {
		return s, 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil {
		return s, 0, false
	}
	for range 9 - len(digits) {
		n *= 10
	}
	return body, time.Duration(n), true
}

// dateMath reads a date as queries write it: one of the formats, or "now" or a
// date followed by "||", and then steps such as +1d, -2h, /M.
func dateMath(s string, formats []dateFormat, now time.Time, up bool) (int64, bool) {
	steps, relative := strings.CutPrefix(s, "now")
	at := now.UTC()
	if !relative {
		date, rest, math := strings.Cut(s, "||")
		if !math {
			return parseDate(s, formats, up)
		}
		ms, ok := parseDate(date, formats, false)
		if !ok {
			return 0, false
		}
		at, steps = time.UnixMilli(ms).UTC(), rest
	}
	at, ok := dateSteps(at, steps, up)
	return at.UnixMilli(), ok
}

func dateSteps(at time.Time, steps string, up bool) (time.Time, bool) {
	for steps != "" {
		sign := steps[0]
		digits := 1
		for digits < len(steps) && steps[digits] >= '0' && steps[digits] <= '9' {
			digits++
		}
		if digits == len(steps) || !strings.ContainsRune("yMwdhHms", rune(steps[digits])) {
			return at, false
		}
		unit := dateUnit(steps[digits])
		n := 1
		if digits > 1 {
			var err error
			if n, err = strconv.Atoi(steps[1:digits]); err != nil || n > 100_000 {
				return at, false
			}
		}
		switch {
		case sign == '+':
			at = unit.add(at, n)
		case sign == '-':
			at = unit.add(at, -n)
		case sign == '/' && digits == 1 && up:
			at = unit.after(unit.floor(at)).Add(-time.Millisecond)
		case sign == '/' && digits == 1:
			at = unit.floor(at)
		default:
			return at, false
		}
		steps = steps[digits+1:]
	}
	return at, true
}
