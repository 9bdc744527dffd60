package kuid

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
)

// Form is the form of a new id.
type Form int

const (
	// Human is kuid-<adjective>-<noun>-<number>, the number from 0 to 99999: easy to
	// read aloud, and one of about fifty thousand million. Two may be equal, so a
	// taken one must be replaced by another.
	Human Form = iota
	// UUID is kuid-<UUID>, random as in version 4 of RFC 9562.
	UUID
	// Opaque is user_ and 27 letters and digits, random.
	Opaque
)

const (
	prefix = "kuid-"

	opaquePrefix = "user_"
	opaqueLength = 27
	alphabet     = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

	numbers = 100_000

	// MaxBytes is the maximum length of a client's id.
	MaxBytes = 512
)

// ParseForm reads a request's argument "kuid". It is lenient: every value except
// "uuid" means [Human].
func ParseForm(form string) Form {
	if form == "uuid" {
		return UUID
	}
	return Human
}

// String returns the form as a value of the request's argument.
func (f Form) String() string {
	switch f {
	case UUID:
		return "uuid"
	case Opaque:
		return "opaque"
	}
	return "human"
}

// New returns an id that cannot be guessed. It fails only if the system has no
// randomness.
func New(form Form) (string, error) {
	switch form {
	case Opaque:
		return opaque()
	case UUID:
		id, err := uuid.NewRandom()
		if err != nil {
			return "", fmt.Errorf("make a uuid for a user: %w", err)
		}
		return prefix + id.String(), nil
	}
	adjectives, nouns := words()
	all := uint64(len(adjectives)) * uint64(len(nouns)) * numbers
	var random [8]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", fmt.Errorf("draw an id for a user: %w", err)
	}
	// There are 10^8 times as many random numbers: the tiny difference in frequency
	// does not help guessing.
	n := binary.NativeEndian.Uint64(random[:]) % all
	number := n % numbers
	n /= numbers
	noun := nouns[n%uint64(len(nouns))]
	adjective := adjectives[n/uint64(len(nouns))]
	return prefix + adjective + "-" + noun + "-" + strconv.FormatUint(number, 10), nil
}

func opaque() (string, error) {
	id := make([]byte, len(opaquePrefix), len(opaquePrefix)+opaqueLength)
	copy(id, opaquePrefix)
	var random [2 * opaqueLength]byte
	for {
		if _, err := rand.Read(random[:]); err != nil {
			return "", fmt.Errorf("draw an id for a user: %w", err)
		}
		for _, b := range random {
			// Two of the 64 values are skipped, so that all letters are equally
			// likely.
			if b &= 63; int(b) < len(alphabet) {
				id = append(id, alphabet[b])
			}
			if len(id) == opaqueLength+len(opaquePrefix) {
				return string(id), nil
			}
		}
	}
}

// Check checks an id that a client gives to a new user: 1 to [MaxBytes] bytes of UTF-8
// without control characters or "/", and none of "-1" (the anonymous user), "." and
// "..". The error is api.assert.invalid_argument about "_id".
func Check(id string) error {
	switch {
	case id == "" || len(id) > MaxBytes:
		return refuse("1 to %d bytes", MaxBytes)
	case id == "-1" || id == "." || id == "..":
		return refuse("an id other than -1, . and ..")
	case !utf8.ValidString(id):
		return refuse("valid UTF-8")
	}
	for _, r := range id {
		if r == '/' || unicode.IsControl(r) {
			return refuse("an id without / and control characters")
		}
	}
	return nil
}

func refuse(expected string, args ...any) error {
	return assert.InvalidArgument.New("_id", fmt.Sprintf(expected, args...))
}
