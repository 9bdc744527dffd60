package digest

import "time"

// Format is a way to write digests, such as argon2id in PHC string form. An
// instance writes new digests in one of them and reads them all. Formats have
// no state; [Formats] lists them.
type Format interface {
	// Name is what imports and clients call the format.
	Name() string
	// Recognise says, at no cost, how much a text looks like the format. Parse
	// may still refuse it.
	Recognise(text string) Claim
	// Parse reads a digest that is said to be of the format, at no cost either.
	// It answers ErrMalformed for what breaks the grammar and ErrTooExpensive
	// for what would cost more than the ceilings allow. No error holds any part
	// of the text.
	Parse(text string, most Ceilings) (Digest, error)
}

// Claim is how strongly a text points to a format.
type Claim uint8

// The claims, from none to a prefix that no other format has. NeedsName is for
// texts that are written like those of a more usual format, and are of this one
// only if somebody says so.
const (
	None Claim = iota
	NeedsName
	ByShape
	ByPrefix
)

// Digest is a stored digest, parsed and found within the ceilings.
type Digest interface {
	// Describe tells what may be shown.
	Describe() Description
	// Cost is what Matches takes: ask the pool for it.
	Cost() Cost
	// Effort is about how long the usual libraries keep a core of 2024 busy with
	// what Matches does. It compares digests with one another and measures
	// nothing.
	Effort() time.Duration
	// NeedsRenewal says whether the instance's own digests are better.
	NeedsRenewal(own Maker) bool
	// Matches compares in constant time. It is to be called inside [Pool.Do]. A
	// digest that only an outside system can verify answers false: see [Remote].
	Matches(password string) bool
}

// Maker makes the digests of new passwords.
type Maker interface {
	// Name is the name of the format that it writes.
	Name() string
	// Cost is the most that Hash takes: ask the pool for it.
	Cost() Cost
	// Effort is about what Hash takes, on the scale of Digest.Effort.
	Effort() time.Duration
	// Hash makes a digest with a fresh salt, inside [Pool.Do].
	Hash(password string) string
	// Decoy is a digest of the usual cost that no password fits. It costs
	// nothing to make.
	Decoy() string
	// NeedsRenewal says whether a digest is not what Hash would make today.
	NeedsRenewal(text string) bool
}

// Strength says how well a digest resists whoever stole it.
type Strength string

// The strengths. Weak digests are bare hashes and those that verify in under a
// millisecond; strong ones cost what is recommended for new digests.
const (
	Weak   Strength = "weak"
	Fair   Strength = "fair"
	Strong Strength = "strong"
)

// Description is what may be shown of a digest: nothing that helps to guess the
// password.
type Description struct {
	Hasher     string         `json:"hasher"`
	Parameters map[string]any `json:"parameters"`
	Strength   Strength       `json:"strength"`
	// Keyed is set when the text holds a key that all users of the system it
	// came from share, such as a pepper.
	Keyed bool `json:"-"`
}
