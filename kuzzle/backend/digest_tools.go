package backend

import (
	"context"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// DigestReport is what can be said of a digest.
type DigestReport = digest.Report

// ExamineDigest says what a password digest is. It needs no server.
func ExamineDigest(text string) DigestReport { return digest.Examine(text, digest.Ceilings{}) }

// VerifyDigest compares a password with a digest of the format named, or of the
// one that the digest tells by itself. Digests that only an outside system can
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
		return false, digest.ErrUnavailable.New().Saying("Only the system that this digest names can verify it.")
	}
	pool := digest.NewPool(digest.Limits{})
	err = pool.Do(ctx, d.Cost(), func() { right = digest.Matches(ctx, d, nil, password) })
	return right, err
}

// CheckDigest says why a text is no digest of the format named.
func CheckDigest(hasher, text string) (digest.Description, error) {
	d, err := digest.Parse(hasher, text, digest.Ceilings{})
	if err != nil {
		return digest.Description{}, err
	}
	return d.Describe(), nil
}

// Explain is an error in the words that a client would read.
func Explain(err error) string {
	if failure, ok := fault.From(err); ok {
		return failure.Message()
	}
	return err.Error()
}
