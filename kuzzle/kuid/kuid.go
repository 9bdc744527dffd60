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

// Form is how a fresh id looks.
type Form int

const (
	// Human is kuid-<adjective>-<noun>-<number>, the number from 0 to 99999:
	// easy to read out, and one of some fifty thousand million. Two may
	// meet, so a taken one is to be replaced by another.
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

	// MaxBytes is the length up to which a given id is accepted.
	MaxBytes = 512
)

// ParseForm reads a request's argument "kuid". It is lenient: whatever is not
// "uuid" asks for [Human].
func ParseForm(form string) Form {
	if form == "uuid" {
		return UUID
	}
	return Human
}

// String is the form as a request's argument gives it.
func (f Form) String() string {
	switch f {
	case UUID:
		return "uuid"
	case Opaque:
		return "opaque"
	}
	return "human"
}

// New makes an id that cannot be guessed. It fails only when the system gives
// no randomness.
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
	// There are 10^8 times as many numbers: that some ids come up once more among
	// them than others is nothing to guess by.
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
			// Of the 64 values two are passed over, so that all letters are as likely.
			if b &= 63; int(b) < len(alphabet) {
				id = append(id, alphabet[b])
			}
			if len(id) == opaqueLength+len(opaquePrefix) {
				return string(id), nil
			}
		}
	}
}

// Check judges an id that a client gives to a new user: 1 to [MaxBytes] bytes
// of UTF-8 without control characters or "/", and none of "-1" (the anonymous
// user), "." and "..". The error is api.assert.invalid_argument about "_id".
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
