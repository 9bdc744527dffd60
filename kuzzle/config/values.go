package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/duration"
)

// Duration is a length of time. In a file it is a number of milliseconds or a
// text such as "90s", "2 days" or "1h30m".
type Duration time.Duration

// Infinite means no end, written -1.
const Infinite Duration = -1

// Std returns d as the standard library's type; [Infinite] becomes -1 ns.
func (d Duration) Std() time.Duration { return time.Duration(d) }

// String returns d in the largest unit without a remainder, in a form that
// ParseDuration reads.
func (d Duration) String() string {
	if d == Infinite {
		return "-1"
	}
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}} {
		if d != 0 && d%Duration(unit.size) == 0 {
			return strconv.FormatInt(int64(d/Duration(unit.size)), 10) + unit.name
		}
	}
	return time.Duration(d).String()
}

// MarshalJSON writes a text, or the number -1.
func (d Duration) MarshalJSON() ([]byte, error) {
	if d == Infinite {
		return []byte("-1"), nil
	}
	return json.Marshal(d.String())
}

// maxDuration keeps sums of a duration and a moment within time.Time.
const maxDuration = duration.Max

// ParseDuration reads a number of milliseconds, -1, or what [duration.Parse] reads.
func ParseDuration(text string) (Duration, error) {
	text = strings.TrimSpace(text)
	if text == "-1" {
		return Infinite, nil
	}
	if ms, err := strconv.ParseFloat(text, 64); err == nil && strings.Trim(text, "0123456789.") == "" {
		if ms > float64(maxDuration/time.Millisecond) {
			return 0, errDuration
		}
		return Duration(ms * float64(time.Millisecond)), nil
	}
	d, err := duration.Parse(text)
	if err != nil {
		return 0, errDuration
	}
	return Duration(d), nil
}

// Size is a number of bytes, written as a number or as "512KB", "1MB", "2GB",
// in powers of 1024.
type Size int64

var sizeUnits = []struct {
	name string
	size Size
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}}

// String returns s in the largest unit without a remainder.
func (s Size) String() string {
	for _, unit := range sizeUnits {
		if s != 0 && s%unit.size == 0 {
			return strconv.FormatInt(int64(s/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(s), 10)
}

// MarshalJSON writes a text.
func (s Size) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }

// ParseSize reads the form of [Size.String], and also decimals and spaces.
func ParseSize(text string) (Size, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	digits := strings.TrimLeft(text, "0123456789.")
	number, unit := text[:len(text)-len(digits)], strings.TrimSpace(digits)
	size := Size(0)
	if unit == "" || unit == "B" {
		size = 1
	}
	for _, known := range sizeUnits {
		if unit == known.name {
			size = known.size
		}
	}
	value, err := strconv.ParseFloat(number, 64)
	if err != nil || size == 0 || value*float64(size) > 1<<50 {
		return 0, errSize
	}
	return Size(value * float64(size)), nil
}

// Secret is a text that shows as [redacted] under fmt, slog and json.
type Secret string

const redacted = "[redacted]"

// Reveal returns the secret itself.
func (s Secret) Reveal() string { return string(s) }

func (s Secret) shown() string {
	if s == "" {
		return ""
	}
	return redacted
}

// Format writes [redacted] for every verb.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.shown()) }

// LogValue returns [redacted].
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.shown()) }

// MarshalJSON writes "[redacted]".
func (s Secret) MarshalJSON() ([]byte, error) { return json.Marshal(s.shown()) }

// List is a list of texts; in the environment they are separated by commas.
type List []string

// MarshalJSON writes a list, empty when there is none.
func (l List) MarshalJSON() ([]byte, error) { return json.Marshal(append([]string{}, l...)) }

// Prefixes is a list of networks; a plain address is a network of one.
type Prefixes []netip.Prefix

// MarshalJSON writes a list, empty when there is none.
func (p Prefixes) MarshalJSON() ([]byte, error) { return json.Marshal(append([]netip.Prefix{}, p...)) }

// Contains reports whether an address is in one of the networks.
func (p Prefixes) Contains(addr netip.Addr) bool {
	addr = addr.Unmap()
	for _, prefix := range p {
		if prefix.Contains(addr) {
			return true
		}
	}
	return false
}

func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return addr.Prefix(addr.BitLen())
	}
	prefix, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, errPrefix
	}
	if addr := prefix.Addr(); addr.Is4In6() {
		if prefix.Bits() < 96 {
			return netip.Prefix{}, errPrefix
		}
		prefix = netip.PrefixFrom(addr.Unmap(), prefix.Bits()-96)
	}
	return prefix.Masked(), nil
}
