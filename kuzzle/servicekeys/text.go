package servicekeys

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/throttle"
)

// Kind says whether a key is for development or for production.
type Kind string

// The kinds.
const (
	Test Kind = "test"
	Live Kind = "live"
)

// Requests is how many requests a key of the kind may make; see package throttle.
func (k Kind) Requests() throttle.Window {
	if k == Live {
		return throttle.Window{Limit: 1000, Every: 10 * time.Second}
	}
	return throttle.Window{Limit: 100, Every: 10 * time.Second}
}

// kinds lists them.
var kinds = []Kind{Test, Live}

// prefix is how the text of a key of the kind begins.
func (k Kind) prefix() string { return "sk_" + string(k) + "_" }

const (
	// leastSecret and mostSecret bound what follows the prefix in a key that an
	// operator chose.
	leastSecret, mostSecret = 8, 256
	// strongSecret is how many characters nobody guesses.
	strongSecret = 24
	// hintChars is how much of that a list shows.
	hintChars = 4
)

// fingerprint is what is kept of a key.
type fingerprint [sha256.Size]byte

func fingerprintOf(text string) fingerprint { return sha256.Sum256([]byte(text)) }

// newText makes the text of a key.
func newText(kind Kind) string { return kind.prefix() + rand.Text() + rand.Text() }

// errForm never shows the text.
var errForm = errors.New("write a key such as sk_test_ or sk_live_ followed by 8 to 256 letters, digits, - and _; kuzzle key create makes one")

// read tells the kind of a well-formed text.
func read(text string) (Kind, error) {
	for _, kind := range kinds {
		secret, is := strings.CutPrefix(text, kind.prefix())
		if is && len(secret) >= leastSecret && len(secret) <= mostSecret && strings.IndexFunc(secret, foreign) < 0 {
			return kind, nil
		}
	}
	return "", errForm
}

// Weak says what is weak about the key that an operator chose, or returns "".
func Weak(text string) string {
	if kind, err := read(text); err == nil && len(text)-len(kind.prefix()) < strongSecret {
		return "has fewer than 24 characters after its prefix, and whoever guesses it may do everything"
	}
	return ""
}

func foreign(r rune) bool {
	letter := 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
	return !letter && (r < '0' || r > '9') && r != '-' && r != '_'
}

// hint is how a well-formed text begins.
func hint(text string, kind Kind) string { return text[:len(kind.prefix())+hintChars] }
