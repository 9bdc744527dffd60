package digest

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/crypt"
)

// grammar is a Format made of two functions.
type grammar struct {
	name string
	// starts has the characters that a text of the format begins with, "" for any.
	starts string
	claim  func(text string) Claim
	read   func(format, text string) (*stored, error)
}

var _ Format = grammar{}

// Name implements Format.
func (g grammar) Name() string { return g.name }

// Recognise implements Format.
func (g grammar) Recognise(text string) Claim {
	if text == "" || g.starts != "" && strings.IndexByte(g.starts, text[0]) < 0 {
		return None
	}
	return g.claim(text)
}

// Parse implements Format.
func (g grammar) Parse(text string, most Ceilings) (Digest, error) {
	d, err := g.parse(text)
	if err != nil {
		return nil, err
	}
	return d.check(most.WithDefaults())
}

// MaxText bounds a digest in bytes, whatever its format.
const MaxText = 8 << 10

func (g grammar) parse(text string) (*stored, error) {
	switch {
	case text == "":
		return nil, malformed(g.name, "it is empty")
	case len(text) > MaxText:
		return nil, malformed(g.name, "it is longer than %d bytes", MaxText)
	}
	d, err := g.read(g.name, text)
	if d != nil {
		d.format = g.name
	}
	return d, err
}

// prefixed claims texts that begin with one of the prefixes.
func prefixed(prefixes ...string) func(string) Claim {
	return func(text string) Claim {
		for _, prefix := range prefixes {
			if strings.HasPrefix(text, prefix) {
				return ByPrefix
			}
		}
		return None
	}
}

// shaped makes a weaker claim for texts that another format claims too.
func shaped(as Claim, like func(string) Claim) func(string) Claim {
	return func(text string) Claim { return min(as, like(text)) }
}

// Bounds of a sum and a salt in bytes for formats without bounds of their own.
const (
	minSum, maxSum = 16, 128
	maxSalt        = 1024
)

// fields splits a text at a separator into exactly so many.
func fields(format, text, separator string, want int) ([]string, error) {
	parts := strings.Split(text, separator)
	if len(parts) != want {
		return nil, malformed(format, "it has %d fields separated by %q, not %d", len(parts), separator, want)
	}
	return parts, nil
}

// number reads a positive decimal in one spelling: no sign, no leading zero. A number beyond
// 63 bits becomes the largest one, which the ceilings refuse.
func number(format, name, text string) (int64, error) {
	if text == "" || text[0] < '1' || text[0] > '9' || !only(text, "0123456789") {
		return 0, malformed(format, "%s is not a positive number", name)
	}
	value, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		value = 1<<63 - 1
	}
	return value, nil
}

// unhex decodes hexadecimal digits of either case.
func unhex(format, name, text string, least, most int) ([]byte, error) {
	raw, err := hex.DecodeString(text)
	if err != nil {
		return nil, malformed(format, "%s is not hexadecimal", name)
	}
	return raw, sized(format, name, len(raw), least, most)
}

// certainHex is the number of hexadecimal digits that are not taken for base64: by chance,
// one text in 10^14 consists of nothing else. The zeros of a decoy do.
const certainHex = 32

// unbase64 decodes in an encoding's only spelling.
func unbase64(format, name, text string, encoding *base64.Encoding, least, most int) ([]byte, error) {
	if len(text) >= certainHex && only(text, hexDigits) && strings.ContainsAny(text, "0123456789") {
		return nil, malformed(format, "%s is in hexadecimal where base64 belongs", name)
	}
	if encoding == any64 {
		text = strings.TrimRight(plain64.Replace(text), "=")
	}
	raw, err := encoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, malformed(format, "%s is not in the right kind of base64", name)
	}
	return raw, sized(format, name, len(raw), least, most)
}

func sized(format, name string, size, least, most int) error {
	switch {
	case size < least || size > most:
		if least == most {
			return malformed(format, "%s has %d bytes, not %d", name, size, least)
		}
		return malformed(format, "%s has %d bytes, %d to %d are allowed", name, size, least, most)
	}
	return nil
}

// The spellings of base64 besides the two with padding.
var (
	std64 = base64.StdEncoding
	raw64 = base64.RawStdEncoding
	// any64 reads all spellings: with padding or without, for URLs, or passlib's with a
	// point for the plus.
	any64   = raw64.WithPadding(base64.NoPadding)
	plain64 = strings.NewReplacer("-", "+", "_", "/", ".", "+")
)

const (
	upperLower = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	hexDigits  = "0123456789abcdefABCDEF"
	// crypt64 is the alphabet of crypt(3) in the order of its values.
	crypt64 = crypt.Alphabet
)

// only reports whether a text consists of an alphabet's characters.
func only(text, alphabet string) bool { return strings.TrimLeft(text, alphabet) == "" }

// isHex reports whether a text is so many hexadecimal digits.
func isHex(text string, digits int) bool { return len(text) == digits && only(text, hexDigits) }

// blankAt replaces a text from start to end by the zero of its encoding.
func blankAt(text string, start, end int, zero string) func() string {
	return func() string { return text[:start] + strings.Repeat(zero, end-start) + text[end:] }
}

// blankEnd is blankAt for a sum that ends the text, padding kept.
func blankEnd(text, sum, zero string) func() string {
	end := len(text) - (len(sum) - len(strings.TrimRight(sum, "=")))
	return blankAt(text, len(text)-len(sum), end, zero)
}
