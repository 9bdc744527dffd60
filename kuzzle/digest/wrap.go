package digest

import (
	"crypto/subtle"
	"time"
)

// Wrapped is a digest that argon2id was put over, so that a stolen one is as
// hard to guess as our own. It keeps salt and parameters of the digest inside,
// whose sum nobody can read any more.
type Wrapped struct {
	inner *stored
	outer *stored
}

var _ Digest = (*Wrapped)(nil)

// Wrap puts a hasher's argon2id over a digest; inside [Pool.Do]. It answers the
// digest's text without its sum, and the argon2id digest of that sum: keep both.
// ok is false for what cannot be wrapped, since it is verified elsewhere.
func Wrap(d Digest, hasher Hasher) (inner, outer string, ok bool) {
	s, ok := d.(*stored)
	if !ok {
		return "", "", false
	}
	return s.blank(), hasher.wrap(s.sum), true
}

// ParseWrapped reads what Wrap answered.
func ParseWrapped(hasher, inner, outer string, most Ceilings) (*Wrapped, error) {
	d, err := Parse(hasher, inner, most)
	if err != nil {
		return nil, err
	}
	s, ok := d.(*stored)
	if !ok {
		return nil, malformed(hasher, "it cannot be wrapped")
	}
	over, err := Parse(Argon2idName, outer, most)
	if err != nil {
		return nil, err
	}
	return &Wrapped{inner: s, outer: over.(*stored)}, nil
}

// Describe implements Digest: how good it is now, and what it was.
func (w *Wrapped) Describe() Description {
	described := w.inner.Describe()
	described.Strength = w.outer.strength()
	described.Parameters["wrapped"] = Argon2idName
	return described
}

// Cost implements Digest.
func (w *Wrapped) Cost() Cost {
	in, out := w.inner.Cost(), w.outer.Cost()
	return Cost{Memory: max(in.Memory, out.Memory), Lanes: max(in.Lanes, out.Lanes)}
}

// Effort implements Digest.
func (w *Wrapped) Effort() time.Duration {
	return w.inner.Effort() + time.Duration(len(w.inner.ways))*w.outer.Effort()
}

// NeedsRenewal implements Digest: always, since our own digests are of the
// password itself.
func (*Wrapped) NeedsRenewal(Maker) bool { return true }

// Matches implements Digest.
func (w *Wrapped) Matches(password string) bool {
	right := 0
	for _, sum := range w.inner.sums(password) {
		over := w.outer.ways[0].derive(sum, len(w.outer.sum))
		right |= subtle.ConstantTimeCompare(over, w.outer.sum)
	}
	return right == 1
}
