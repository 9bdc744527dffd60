package servicekeys

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Kind tells whether a key is for development or for production.
type Kind string

// The kinds.
const (
	Test Kind = "test"
	Live Kind = "live"
)

// Requests returns how many requests a key of the kind may make; see package
// throttle.
func (k Kind) Requests() throttle.Window {
	if k == Live {
		return throttle.Window{Limit: 1000, Every: 10 * time.Second}
	}
	return throttle.Window{Limit: 100, Every: 10 * time.Second}
}

// kinds lists them.
var kinds = []Kind{Test, Live}

// prefix returns the beginning of a key of the kind.
func (k Kind) prefix() string { return "sk_" + string(k) + "_" }

const (
	// leastSecret and mostSecret bound the length after the prefix of a key that
	// an operator chose.
	leastSecret, mostSecret = 8, 256
	// strongSecret is a length that makes guessing infeasible.
	strongSecret = 24
	// hintChars is the number of these characters that a list shows.
	hintChars = 4
)

// fingerprint is the stored hash of a key.
type fingerprint [sha256.Size]byte

func fingerprintOf(text string) fingerprint { return sha256.Sum256([]byte(text)) }

// newText makes the text of a key.
func newText(kind Kind) string { return kind.prefix() + rand.Text() + rand.Text() }

// errForm never shows the text.
var errForm = errors.New("write a key such as sk_test_ or sk_live_ followed by 8 to 256 letters, digits, - and _; kuzzle key create makes one")

// read returns the kind of a well-formed text.
func read(text string) (Kind, error) {
	for _, kind := range kinds {
		secret, is := strings.CutPrefix(text, kind.prefix())
		if is && len(secret) >= leastSecret && len(secret) <= mostSecret && strings.IndexFunc(secret, foreign) < 0 {
			return kind, nil
		}
	}
	return "", errForm
}

// Weak describes the weakness of a key that an operator chose, or returns "".
func Weak(text string) string {
	if kind, err := read(text); err == nil && len(text)-len(kind.prefix()) < strongSecret {
		return "has fewer than 24 characters after its prefix, and everybody who guesses it may do everything"
	}
	return ""
}

func foreign(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && (r < '0' || r > '9') && r != '-' && r != '_'
}

// hint returns the beginning of a well-formed text.
func hint(text string, kind Kind) string { return text[:len(kind.prefix())+hintChars] }
