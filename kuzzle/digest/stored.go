package digest

import (
	"crypto/subtle"
	"time"
)

// kdf is a function from passwords to sums, with its salt and parameters.
type kdf interface {
	// derive computes the sum of so many bytes; nil when it cannot.
	derive(password []byte, size int) []byte
	// bounds are the parameters that make it expensive.
	bounds(most Ceilings) []bound
	// shown are the parameters by name.
	shown() map[string]any
	cost() Cost
	effort() time.Duration
	// recommended is the effort from which it counts as strong: those that
	// need memory are harder to speed up than those that do not.
	recommended() time.Duration
}

// What separates the strengths.
const (
	weakBelow         = time.Millisecond
	strongWithMemory  = 20 * time.Millisecond
	strongWithoutSuch = 100 * time.Millisecond
)

// stored is a digest that is verified by computing it again.
type stored struct {
	format string
	// ways are the functions that the sum may have come from; more than one
	// where sources disagree about the order of salt and password.
	ways []kdf
	// prepare changes the password before it is hashed, where a system did.
	prepare func(password []byte) []byte
	sum     []byte
	// keyed, insecure: see Description.
	keyed, insecure bool
	// blank writes the digest's text with zeros for the sum.
	blank func() string
}

var _ Digest = (*stored)(nil)

func (d *stored) Describe() Description {
	return Description{Hasher: d.format, Parameters: d.ways[0].shown(), Strength: d.strength(), Keyed: d.keyed}
}

func (d *stored) strength() Strength {
	switch effort := d.ways[0].effort(); {
	case d.insecure || effort < weakBelow:
		return Weak
	case effort < d.ways[0].recommended():
		return Fair
	}
	return Strong
}

func (d *stored) Cost() Cost {
	cost := d.ways[0].cost()
	cost.Effort = d.Effort()
	return cost
}

func (d *stored) Effort() time.Duration { return time.Duration(len(d.ways)) * d.ways[0].effort() }

func (d *stored) NeedsRenewal(own Maker) bool {
	return d.strength() == Weak || d.Effort() < own.Effort()
}

func (d *stored) Matches(password string) bool { return d.matchesIn(nil, password) }

func (d *stored) matchesIn(pool *Pool, password string) bool {
	right := 0
	for _, sum := range d.sums(pool, password) {
		right |= subtle.ConstantTimeCompare(sum, d.sum)
	}
	return right == 1
}

// sums are what the password would have given, one for each way.
func (d *stored) sums(pool *Pool, password string) [][]byte {
	given := []byte(password)
	if d.prepare != nil {
		given = d.prepare(given)
	}
	sums := make([][]byte, len(d.ways))
	for i, way := range d.ways {
		sums[i] = pool.derive(way, given, len(d.sum))
	}
	return sums
}

// check answers the digest if it is within the ceilings.
func (d *stored) check(most Ceilings) (Digest, error) {
	if err := within(d.format, d.ways[0].bounds(most)); err != nil {
		return nil, err
	}
	return d, nil
}
