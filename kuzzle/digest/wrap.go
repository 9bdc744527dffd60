package digest

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"strings"
	"time"
	"unicode/utf8"
)

// WrappedName is the name of the format of digests that are wrapped in argon2id:
//
//	wrapped:<format>:<digest>:<argon2id digest>
//
// The format is the name of any other format except a [Remote]. The digest has that format
// with zeros for its sum, in unpadded base64url. The argon2id digest, in PHC string form, is
// of the sum's bytes as the format computes them from a password. A sum that is written as
// text, such as crypt(3)'s, counts as that text.
const WrappedName = "wrapped"

const wrappedPrefix = WrappedName + ":"

var wrapped64 = base64.RawURLEncoding

// wrappedFormat is the Format of Wrapped.Text.
type wrappedFormat struct{}

var _ Format = wrappedFormat{}

// Name implements Format.
func (wrappedFormat) Name() string { return WrappedName }

// Recognise implements Format.
func (wrappedFormat) Recognise(text string) Claim { return prefixed(wrappedPrefix)(text) }

// Parse implements Format.
func (wrappedFormat) Parse(text string, most Ceilings) (Digest, error) {
	if len(text) > MaxText {
		return nil, malformed(WrappedName, "it is longer than %d bytes", MaxText)
	}
	parts, err := fields(WrappedName, text, ":", 4)
	if err != nil {
		return nil, err
	}
	if parts[0] != WrappedName {
		return nil, malformed(WrappedName, "it does not begin with %q", wrappedPrefix)
	}
	inner, err := unbase64(WrappedName, "the digest inside", parts[2], wrapped64, 1, MaxText)
	if err != nil {
		return nil, err
	}
	w, err := ParseWrapped(parts[1], string(inner), parts[3], most)
	if err != nil {
		return nil, err
	}
	return w, nil
}

// Wrapped is a digest wrapped in argon2id, so that a stolen one is as hard to guess as our
// own. It keeps salt and parameters of the inner digest, without its sum.
type Wrapped struct {
	inner *stored
	outer *stored
	// hasher, text and over are the parts that it was read from.
	hasher, text, over string
}

var _ Digest = (*Wrapped)(nil)

// Wrap wraps a digest in a hasher's argon2id; call it inside [Pool.Do]. ok is false for a
// digest that is verified elsewhere, is wrapped already, or has a salt too long for the
// result or one that is not text, and when ctx ended first.
func Wrap(ctx context.Context, d Digest, hasher Hasher) (w *Wrapped, ok bool) {
	s, ok := d.(*stored)
	if !ok {
		return nil, false
	}
	text := s.blank()
	if !utf8.ValidString(text) { // it would be stored as another one
		return nil, false
	}
	if len(wrappedPrefix)+len(s.format)+wrapped64.EncodedLen(len(text))+maxOuter > MaxText {
		return nil, false
	}
	w, err := ParseWrapped(s.format, text, hasher.wrap(ctx, s.sum), unbounded)
	return w, err == nil
}

// maxOuter is the longest argon2id digest of our own, with the colons before it.
const maxOuter = 256

// unbounded are ceilings above the cost of any digest that was checked.
var unbounded = Ceilings{
	Argon2Memory: hardArgon2Memory, Argon2Passes: hardIterations, Argon2Lanes: hardArgon2Lanes, BcryptCost: hardBcryptCost,
	Iterations: hardIterations, ScryptMemory: hardScryptMemory, CryptRounds: hardIterations, PhpassRounds: hardPhpassRounds,
}

// ParseWrapped reads a wrapped digest from its parts: the name of the format
// inside, the digest without its sum, and the argon2id digest of the sum.
func ParseWrapped(hasher, inner, outer string, most Ceilings) (*Wrapped, error) {
	if hasher == WrappedName {
		return nil, malformed(WrappedName, "the digest inside is wrapped, too")
	}
	if !utf8.ValidString(inner) {
		return nil, malformed(WrappedName, "the digest inside is not text")
	}
	d, err := Parse(hasher, inner, most)
	if err != nil {
		return nil, err
	}
	s, ok := d.(*stored)
	if !ok {
		return nil, malformed(WrappedName, "%s digests cannot be wrapped", hasher)
	}
	if s.blank() != inner {
		return nil, malformed(WrappedName, "the digest inside still has its sum")
	}
	over, err := Parse(Argon2idName, outer, most)
	if err != nil {
		return nil, err
	}
	return &Wrapped{inner: s, outer: over.(*stored), hasher: hasher, text: inner, over: outer}, nil
}

// Parts returns the arguments for ParseWrapped.
func (w *Wrapped) Parts() (hasher, inner, outer string) { return w.hasher, w.text, w.over }

// Text writes the digest in its format.
func (w *Wrapped) Text() string { return WrappedText(w.Parts()) }

// WrappedText joins the parts of a wrapped digest without reading them.
func WrappedText(hasher, inner, outer string) string {
	return strings.Join([]string{WrappedName, hasher, wrapped64.EncodeToString([]byte(inner)), outer}, ":")
}

// Inside describes the inner digest.
func (w *Wrapped) Inside() Description { return w.inner.Describe() }

// Describe implements Digest: the present strength, and the inner format.
func (w *Wrapped) Describe() Description {
	described := w.Inside()
	described.Parameters["inside"] = described.Hasher
	described.Hasher, described.Strength = WrappedName, w.outer.strength()
	return described
}

// Cost implements Digest.
func (w *Wrapped) Cost() Cost {
	in, out := w.inner.Cost(), w.outer.Cost()
	return Cost{Memory: max(in.Memory, out.Memory), Lanes: max(in.Lanes, out.Lanes), Effort: w.Effort()}
}

// Effort implements Digest.
func (w *Wrapped) Effort() time.Duration {
	return w.inner.Effort() + time.Duration(len(w.inner.ways))*w.outer.Effort()
}

// NeedsRenewal implements Digest: it reports true, since our own digests are of the password
// itself.
func (*Wrapped) NeedsRenewal(Maker) bool { return true }

// Matches implements Digest.
func (w *Wrapped) Matches(password string) bool {
	return w.matchesIn(context.Background(), nil, password)
}

func (w *Wrapped) matchesIn(ctx context.Context, pool *Pool, password string) bool {
	right := 0
	sums, admitted := w.inner.sums(ctx, pool, password)
	for _, sum := range sums {
		over := derive(ctx, pool, w.outer.ways[0], sum, len(w.outer.sum))
		right |= subtle.ConstantTimeCompare(over, w.outer.sum)
	}
	return right&admitted == 1
}

func (w *Wrapped) effortFor(password string) time.Duration {
	return w.Effort() - w.inner.Effort() + w.inner.effortFor(password)
}
