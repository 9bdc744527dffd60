package mapping

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// dateFormat is one of the formats of a date: a name that the package reads itself, or
// a pattern of letters in Java's way.
type dateFormat struct {
	name string
	// steps are those of a pattern, nil for a name.
	steps []dateStep
	// unit is the smallest part that the pattern names.
	unit dateUnit
}

// dateStep reads one part of a date: a number, a fraction, a zone or a text as it is.
type dateStep struct {
	letter byte
	// least and most are how many digits a number has.
	least, most int
	text        string
}

// namedPatterns are formats that Elasticsearch has names for, with and without
// strict_ before them.
var namedPatterns = map[string]string{
	"basic_date": "yyyyMMdd", "basic_date_time": "yyyyMMdd'T'HHmmss.SSSX", "basic_date_time_no_millis": "yyyyMMdd'T'HHmmssX",
	"date_hour": "yyyy-MM-dd'T'HH", "date_hour_minute": "yyyy-MM-dd'T'HH:mm", "date_hour_minute_second": "yyyy-MM-dd'T'HH:mm:ss",
	"date_hour_minute_second_millis": "yyyy-MM-dd'T'HH:mm:ss.SSS", "date_hour_minute_second_fraction": "yyyy-MM-dd'T'HH:mm:ss.S",
	"date_time_no_millis": "yyyy-MM-dd'T'HH:mm:ssX", "year": "yyyy", "year_month": "yyyy-MM", "year_month_day": "yyyy-MM-dd",
}

// maxPattern is how long a pattern of a date may be, in bytes.
const maxPattern = 100

// formatOf reads one format. ok is false for what is neither a name nor a pattern.
func formatOf(text string) (f dateFormat, ok bool) {
	if slices.Contains(knownFormats, text) {
		return dateFormat{name: text}, true
	}
	pattern, named := namedPatterns[strings.TrimPrefix(text, "strict_")]
	if !named {
		pattern = text
	}
	steps, ok := stepsOf(pattern)
	if !ok {
		return f, false
	}
	f = dateFormat{name: text, steps: steps, unit: 'y'}
	const bySize = "yMdHmsS"
	for _, step := range steps {
		if strings.IndexByte(bySize, step.letter) > strings.IndexByte(bySize, byte(f.unit)) {
			f.unit = dateUnit(step.letter)
		}
	}
	return f, true
}

// stepsOf takes a pattern apart. Of letters it knows y and u, M, d, H, m, s, S, X, x
// and Z, and a text between quotes.
func stepsOf(pattern string) (steps []dateStep, ok bool) {
	if len(pattern) > maxPattern {
		return nil, false
	}
	for pattern != "" {
		letter := pattern[0]
		count := len(pattern) - len(strings.TrimLeft(pattern, pattern[:1]))
		switch {
		case letter == '\'':
			text, rest, closed := strings.Cut(pattern[1:], "'")
			if !closed {
				return nil, false
			}
			if text == "" {
				text = "'"
			}
			steps, pattern = append(steps, dateStep{text: text}), rest
			continue
		case 'a' <= letter|0x20 && letter|0x20 <= 'z':
			step, known := numberStep(letter, count)
			if !known || slices.ContainsFunc(steps, func(s dateStep) bool { return s.letter == step.letter }) {
				return nil, false
			}
			steps = append(steps, step)
		case letter >= 0x80 || letter < ' ' || strings.IndexByte("[]{}#", letter) >= 0:
			return nil, false
		default:
			steps = append(steps, dateStep{text: pattern[:count]})
		}
		pattern = pattern[count:]
	}
	return monthsForMinutes(steps), slices.ContainsFunc(steps, func(s dateStep) bool { return s.letter == 'y' })
}

func numberStep(letter byte, count int) (step dateStep, ok bool) {
	switch letter {
	case 'y', 'u':
		if count == 1 {
			return dateStep{letter: 'y', least: 1, most: 4}, true
		}
		return dateStep{letter: 'y', least: 4, most: 4}, count == 4
	case 'M', 'd', 'H', 'm', 's':
		return dateStep{letter: letter, least: count, most: 2}, count <= 2
	case 'S':
		if count == 1 {
			return dateStep{letter: 'S', least: 1, most: 9}, true
		}
		return dateStep{letter: 'S', least: count, most: count}, count <= 9
	case 'X', 'x', 'Z':
		return dateStep{letter: 'X'}, count <= 3
	}
	return step, false
}

// monthsForMinutes reads yyyy-mm-dd as it is meant: a pattern without a month and an
// hour has months where it says minutes.
func monthsForMinutes(steps []dateStep) []dateStep {
	has := func(letter byte) int {
		return slices.IndexFunc(steps, func(s dateStep) bool { return s.letter == letter })
	}
	if at := has('m'); at >= 0 && has('M') < 0 && has('H') < 0 {
		steps[at].letter = 'M'
	}
	return steps
}

// parse reads a date of the pattern, in UTC.
func (f dateFormat) parse(s string) (at time.Time, ok bool) {
	part := map[byte]int{'M': 1, 'd': 1}
	zone := time.UTC
	for i, step := range f.steps {
		switch step.letter {
		case 0:
			if s, ok = strings.CutPrefix(s, step.text); !ok {
				return at, false
			}
		case 'X':
			if s, zone, ok = readZone(s); !ok {
				return at, false
			}
		default:
			// A number beside another one has all its digits.
			beside := i+1 < len(f.steps) && f.steps[i+1].letter != 0 && f.steps[i+1].letter != 'X'
			n, digits, ok := readNumber(s, step, beside)
			if !ok {
				return at, false
			}
			s = s[digits:]
			for ; step.letter == 'S' && digits < 9; digits++ {
				n *= 10
			}
			part[step.letter] = n
		}
	}
	at = time.Date(part['y'], time.Month(part['M']), part['d'], part['H'], part['m'], part['s'], part['S'], zone)
	same := at.Year() == part['y'] && int(at.Month()) == part['M'] && at.Day() == part['d'] &&
		at.Hour() == part['H'] && at.Minute() == part['m'] && at.Second() == part['s']
	return at.UTC(), same && s == ""
}

func readNumber(s string, step dateStep, beside bool) (n, digits int, ok bool) {
	most := step.most
	if beside && step.least > 1 {
		most = step.least
	}
	for digits < len(s) && digits < most && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits < step.least {
		return 0, 0, false
	}
	n, err := strconv.Atoi(s[:digits])
	return n, digits, err == nil
}

// readZone reads Z, +hh, +hhmm or +hh:mm at the end of a date.
func readZone(s string) (rest string, zone *time.Location, ok bool) {
	body, zone, ok := cutZone("T" + s)
	return strings.TrimPrefix(body, "T"), zone, ok && s != "" && body != "T"+s
}
