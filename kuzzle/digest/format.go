package digest

import "time"

// Format is a way to write digests, such as argon2id in PHC string form. An
// instance writes new digests in one of them and reads them all. Formats have
// no state; [Formats] lists them.
type Format interface {
	// Name is the format's name in imports and for clients.
	Name() string
	// Recognise returns, without hashing, how much a text looks like the format. Parse may
	// still refuse it.
	Recognise(text string) Claim
	// Parse reads a digest of the format, without hashing. It returns ErrMalformed for a
	// text that breaks the grammar and ErrTooExpensive for one that would cost more than the
	// ceilings allow. No error contains any part of the text.
	Parse(text string, most Ceilings) (Digest, error)
}

// Claim is how strongly a text points to a format.
type Claim uint8

// The claims, from none to a prefix that no other format has. NeedsName is for texts that
// look like those of a more usual format; this format is used only by its name.
const (
	None Claim = iota
	NeedsName
	ByShape
	ByPrefix
)

// Digest is a stored digest, parsed and found within the ceilings.
type Digest interface {
	// Describe returns the parts that may be shown.
	Describe() Description
	// Cost is the cost of Matches in the pool.
	Cost() Cost
	// Effort is the approximate time that a core of 2024 needs for Matches in the usual
	// libraries. It compares digests with one another and measures nothing.
	Effort() time.Duration
	// NeedsRenewal reports whether the instance's own digests are better.
	NeedsRenewal(own Maker) bool
	// Matches compares in constant time. Call it inside [Pool.Do]. It returns false for a
	// digest that only an external system can verify, see [Remote].
	Matches(password string) bool
}

// Maker makes the digests of new passwords.
type Maker interface {
	// Name is the name of the format that it writes.
	Name() string
	// Cost is the largest cost of Hash in the pool.
	Cost() Cost
	// Effort is the approximate time of Hash, on the scale of Digest.Effort.
	Effort() time.Duration
	// Hash makes a digest with a fresh salt, inside [Pool.Do].
	Hash(password string) string
	// Decoy returns a digest of the usual cost that no password matches. It computes no
	// hash.
	Decoy() string
	// NeedsRenewal reports whether a digest differs in kind from those of Hash today.
	NeedsRenewal(text string) bool
}

// Strength is how well a stolen digest resists guessing.
type Strength string

// The strengths. Weak digests are bare hashes and those that verify in under a millisecond;
// strong ones cost as much as is recommended for new digests.
const (
	Weak   Strength = "weak"
	Fair   Strength = "fair"
	Strong Strength = "strong"
)

// Description is the part of a digest that may be shown: it does not help to guess the
// password.
type Description struct {
	Hasher     string         `json:"hasher"`
	Parameters map[string]any `json:"parameters"`
	Strength   Strength       `json:"strength"`
	// Keyed is set if the text contains a key that all users of the source system share,
	// such as a pepper.
	Keyed bool `json:"-"`
}
