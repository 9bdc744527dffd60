package digest

import (
	"context"
	"crypto/subtle"
	"time"
)

// kdf is a function from passwords to sums, with its salt and parameters.
type kdf interface {
	// derive computes the sum of so many bytes. It returns nil when it cannot, or
	// when ctx ended first.
	derive(ctx context.Context, password []byte, size int) []byte
	// bounds are the parameters that decide the cost.
	bounds(most Ceilings) []bound
	// shown are the parameters by name.
	shown() map[string]any
	cost() Cost
	effort() time.Duration
	// recommended is the effort of a strong digest: functions that need memory are harder to
	// speed up, so they need less.
	recommended() time.Duration
}

// Bounds of the strengths.
const (
	weakBelow         = time.Millisecond
	strongWithMemory  = 20 * time.Millisecond
	strongWithoutSuch = 100 * time.Millisecond
)

// stored is a digest that is verified by computing it again.
type stored struct {
	format string
	// ways are the functions that the sum may come from; more than one if sources differ in
	// the order of salt and password.
	ways []kdf
	// prepare changes the password before it is hashed, as some systems do.
	prepare func(password []byte) []byte
	sum     []byte
	// keyed, insecure: see Description.
	keyed, insecure bool
	// most bounds the cost of a long password.
	most Ceilings
	// blank returns the digest's text with zeros for the sum.
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

func (d *stored) effortFor(password string) time.Duration {
	grown, ok := d.ways[0].(growing)
	if !ok {
		return d.Effort()
	}
	given, _ := d.admit(d.prepared(password))
	return d.Effort() * time.Duration(grown.blocks(len(given))) / time.Duration(grown.blocks(usualPassword))
}

func (d *stored) NeedsRenewal(own Maker) bool {
	return d.strength() == Weak || d.Effort() < own.Effort()
}

func (d *stored) Matches(password string) bool {
	return d.matchesIn(context.Background(), nil, password)
}

func (d *stored) matchesIn(ctx context.Context, pool *Pool, password string) bool {
	right := 0
	sums, admitted := d.sums(ctx, pool, password)
	for _, sum := range sums {
		right |= subtle.ConstantTimeCompare(sum, d.sum)
	}
	return right&admitted == 1
}

// sums returns the password's sums, one for each way. admitted is 0 if the password would
// have cost too much and another was hashed.
func (d *stored) sums(ctx context.Context, pool *Pool, password string) (sums [][]byte, admitted int) {
	given, admitted := d.admit(d.prepared(password))
	sums = make([][]byte, len(d.ways))
	for i, way := range d.ways {
		sums[i] = derive(ctx, pool, way, given, len(d.sum))
	}
	return sums, admitted
}

func (d *stored) prepared(password string) []byte {
	given := []byte(password)
	if d.prepare != nil {
		given = d.prepare(given)
	}
	return given
}

// admit returns the password and 1, or the beginning of it and 0 if hashing the whole
// password would cost more than the ceilings allow. The beginning costs as much as a wrong
// password of the usual length, so the answer takes the same time as for any other wrong
// password. A password that ends in zeros which the format ignores is hashed and returned
// with 0, too.
func (d *stored) admit(password []byte) (given []byte, admitted int) {
	for _, way := range d.ways {
		if grown, ok := way.(growing); ok && !grown.admits(len(password), d.most) {
			return password[:usualPassword], 0
		}
		if padded(way, password) {
			return password, 0
		}
	}
	return password, 1
}

// check returns the digest if it is within the ceilings.
func (d *stored) check(most Ceilings) (Digest, error) {
	if err := within(d.format, d.ways[0].bounds(most)); err != nil {
		return nil, err
	}
	d.most = most
	return d, nil
}
