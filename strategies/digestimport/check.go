package digestimport

import (
	"context"
	"maps"
	"unicode/utf8"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

// maxName is the longest name in bytes.
const maxName = 512

// draft is a checked credential; old is the record to change, nil for a new one.
type draft struct {
	strategy *Strategy
	ids      []strategies.Identifier
	text     string
	digest   digest.Digest
	// wrap is the strategy's setting, or this digest's own if asked is set.
	wrap  string
	asked bool
	old   *strategies.Record
}

// Check implements strategies.Strategy. It also checks the digest, which costs nothing.
func (s *Strategy) Check(_ context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	if err := in.Only(append(s.Fields(), WrapField)...); err != nil {
		return nil, err
	}
	given, err := in.Names()
	if err != nil {
		return nil, err
	}
	d := &draft{strategy: s, ids: given}
	updates := who.Reason == strategies.Update || who.Reason == strategies.Reset
	if updates && len(who.Records) > 0 && in[digestField] == nil && in[hasherField] == who.Records[0].Public[hasherField] {
		// It is shown beside the names, and comes back with them.
		in = maps.Clone(in)
		delete(in, hasherField)
		d.old = &who.Records[0]
	}
	if d.text, d.digest, err = s.readDigest(in); err != nil {
		return nil, err
	}
	if d.wrap, d.asked, err = in.Text(WrapField, maxName); err != nil {
		return nil, err
	}
	switch {
	case !d.asked:
		d.wrap = s.wrap
	case !isWrap(d.wrap):
		return nil, assert.InvalidArgument.New(WrapField, wrapValues)
	}
	switch {
	case who.By.Self && d.digest != nil:
		return nil, ErrAdministratorsOnly.New()
	case updates && len(given) == 0 && d.digest == nil && d.old == nil:
		return nil, assert.Missing.New(digestField)
	case updates && len(who.Records) == 0:
		return nil, strategies.ErrMissing.New(Name)
	case updates:
		d.old = &who.Records[0]
		d.ids = strategies.Renamed(*d.old, given).Identifiers
		return d, nil
	case len(given) == 0 && len(who.Identifiers) == 0:
		return nil, assert.Missing.New("username, email or phone")
	case d.digest == nil:
		return nil, assert.Missing.New(digestField)
	case len(who.Records) > 0 && who.Reason != strategies.Validate:
		return nil, strategies.ErrExists.New(Name)
	}
	return d, nil
}

func (s *Strategy) readDigest(in strategies.Credentials) (string, digest.Digest, error) {
	how, described, err := recipeOf(in)
	if err != nil {
		return "", nil, err
	}
	hasher := digest.RecipeName
	if !described {
		if hasher, _, err = in.Text(hasherField, maxName); err != nil {
			return "", nil, err
		}
	}
	text, ok, err := in.Text(digestField, digest.MaxText)
	if err != nil || !ok {
		if err == nil && hasher != "" {
			err = assert.Missing.New(digestField)
		}
		return "", nil, err
	}
	if !utf8.ValidString(text) { // JSON would change it
		return "", nil, assert.InvalidArgument.New(digestField, "text in UTF-8")
	}
	if described {
		if hasher, text, err = digest.Described(how.recipe, text, how.values); err != nil {
			return "", nil, err
		}
	}
	if hasher == "" {
		text = digest.Tidy(text)
	}
	d, err := s.parse(hasher, text)
	return text, d, err
}

// Identifiers implements strategies.Draft.
func (d *draft) Identifiers() []strategies.Identifier { return d.ids }

// Seal implements strategies.Draft. If only names change, the record stays with the strategy of the
// family that owns it.
func (d *draft) Seal(ctx context.Context) (strategies.Record, error) {
	if d.digest == nil {
		return strategies.Renamed(*d.old, d.ids), nil
	}
	kept, protection, class, err := d.protect(ctx)
	described := d.digest.Describe()
	if w, ok := d.digest.(*digest.Wrapped); ok {
		described = w.Inside()
	}
	return strategies.Record{
		Strategy: Name, Identifiers: d.ids, Secret: kept,
		Public: map[string]any{
			hasherField: described.Hasher, strengthField: string(described.Strength), ProtectionField: protection,
			classField: class,
		},
	}, err
}

// protect returns the secret to store for the digest, how it is protected, and its cost class.
func (d *draft) protect(ctx context.Context) (kept strategies.Secret, protection, class string, err error) {
	if w, ok := d.digest.(*digest.Wrapped); ok {
		kept, err = d.strategy.sealWrapped(w)
		return kept, Wrapped, digest.Class(w), err
	}
	if d.wrap == WrapNow && d.digest.Describe().Strength == digest.Weak {
		w, err := d.strategy.cover(ctx, d.digest)
		if err != nil {
			return nil, "", "", err
		}
		if w != nil {
			kept, err = d.strategy.sealWrapped(w)
			return kept, Wrapped, digest.Class(w), err
		}
	}
	kept, protection, err = d.strategy.seal(d.text, d.digest)
	if protection == Sealed && d.asked && d.wrap == WrapOff {
		protection = Left
	}
	return kept, protection, digest.Class(d.digest), err
}
