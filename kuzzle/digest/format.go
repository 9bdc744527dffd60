package digest

import (
	"errors"
	"fmt"
)

// Digest is a stored digest, parsed and found within bounds.
type Digest interface {
	// Cost is what Matches takes: ask the pool for it.
	Cost() Cost
	// Matches compares in constant time. It is to be called inside [Pool.Do].
	Matches(password string) bool
}

// Format is a way to write digests, such as argon2id in PHC string form. An
// instance stores new digests in one of them and may read many.
type Format interface {
	// Name is what logs, statistics and imports call the format.
	Name() string
	// Parse reads a digest. It answers ErrOther for a text of another format,
	// and an error that says what is wrong for one that is broken or above the
	// format's bounds. No error holds any part of the text.
	Parse(text string) (Digest, error)
}

// ErrOther says that a text is not of the format asked.
var ErrOther = errors.New("digest: a text of another format")

// broken is the error for a text that claims to be of a format and is not.
func broken(format, reason string, args ...any) error {
	return fmt.Errorf("digest: %s: %s", format, fmt.Sprintf(reason, args...))
}
