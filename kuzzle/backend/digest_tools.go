package backend

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// DigestReport describes a digest.
type DigestReport = digest.Report

// ExamineDigest describes a password digest. It needs no server.
func ExamineDigest(text string) DigestReport { return digest.Examine(text, digest.Ceilings{}) }

// DigestPreset is a named recipe of a known system.
type DigestPreset = recipe.Preset

// DigestPresets lists the presets.
func DigestPresets() []DigestPreset { return recipe.Presets() }

// DescribedDigest returns the format and the text of a digest with a recipe, or with the
// name of a preset, and the values of its names.
func DescribedDigest(how, text string, values map[string]string) (hasher, described string, err error) {
	return digest.Described(how, text, values)
}

// NeedsPepper reports whether a recipe, or a preset, needs a pepper.
func NeedsPepper(how string) bool { return digest.NeedsPepper(how) }

// VerifyDigest compares a password with a digest of the named format, or of the
// format that the digest itself shows. Digests that only an external system can
// verify are an error.
func VerifyDigest(ctx context.Context, hasher, text, password string) (right bool, err error) {
	var d digest.Digest
	if hasher == "" {
		d, err = digest.Guess(digest.Tidy(text), digest.Ceilings{})
	} else {
		d, err = digest.Parse(hasher, text, digest.Ceilings{})
	}
	if err != nil {
		return false, err
	}
	if _, remote := d.(digest.Remote); remote {
		return false, digest.ErrUnavailable.New().Saying("Only the external system that this digest names can verify it.")
	}
	pool := digest.NewPool(digest.Limits{})
	err = pool.Do(ctx, d.Cost(), func() { right = digest.Matches(ctx, d, nil, password) })
	return right, err
}

// CheckDigest returns the reason why a text is not a digest of the named
// format.
func CheckDigest(hasher, text string) (digest.Description, error) {
	d, err := digest.Parse(hasher, text, digest.Ceilings{})
	if err != nil {
		return digest.Description{}, err
	}
	return d.Describe(), nil
}

// Explain returns an error in the words that a client reads.
func Explain(err error) string {
	if failure, ok := fault.From(err); ok {
		return failure.Message()
	}
	return err.Error()
}
