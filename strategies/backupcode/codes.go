package backupcode

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// drawn is the number of new codes. Each has its digit and codeLetters further characters: 50
	// bits. They are hashed like passwords.
	drawn       = 10
	codeLetters = 10
	// letters leaves out characters that look like others.
	letters = "0123456789abcdefghjkmnpqrstvwxyz"

	// Limits of imported codes, in clear text or as digests.
	maxCodes         = 50
	minCode, maxCode = 6, 200
	// maxPlain bounds codes in clear text. A longer text is a digest of an unknown format.
	maxPlain = 24
)

// one is a stored code.
type one struct {
	// Tag is the code's first character, so that a guess is hashed once and not against every code.
	// It is "" if only a digest is known.
	Tag    string `json:"tag,omitempty"`
	Digest string `json:"digest,omitempty"`
	// Plain is an imported code that is not hashed yet.
	Plain string `json:"plain,omitempty"`
}

// draw makes new codes in the form that users write down: 0-abcde-fghjk.
func draw() []string {
	codes := make([]string, drawn)
	random := make([]byte, codeLetters)
	for i := range codes {
		_, _ = rand.Read(random) // never fails
		text := make([]byte, codeLetters)
		for at, b := range random {
			text[at] = letters[int(b)%len(letters)]
		}
		codes[i] = string(rune('0'+i)) + "-" + string(text[:codeLetters/2]) + "-" + string(text[codeLetters/2:])
	}
	return codes
}

// plain removes the characters that users add or leave out when they type a code. Codes are hashed
// in this form.
func plain(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(code))
}

// isPlain reports whether an imported text is a code in clear text.
func isPlain(code string) bool {
	strange := func(c rune) bool { return (c < '0' || c > '9') && (c < 'a' || c > 'z') }
	return len(code) >= minCode && len(code) <= maxPlain && !strings.ContainsFunc(code, strange)
}

func tagOf(code string) string { return code[:1] }

func (s *Strategy) hash(ctx context.Context, code string) (o one, err error) {
	o.Tag = tagOf(code)
	err = s.host.Hash(ctx, s.maker.Cost(), func() { o.Digest = digest.Make(ctx, s.maker, code) })
	return o, err
}

// find returns the index of the code, or -1. An unknown code costs a hash too.
func (s *Strategy) find(ctx context.Context, codes []one, code string) (int, error) {
	hashed, found := false, -1
	for i, o := range codes {
		if o.Plain != "" {
			if subtle.ConstantTimeCompare([]byte(o.Plain), []byte(code)) == 1 {
				found = i
			}
			continue
		}
		if o.Tag != "" && o.Tag != tagOf(code) || found >= 0 {
			continue
		}
		hashed = true
		same, err := s.same(ctx, o.Digest, code)
		if err != nil {
			return -1, err
		}
		if same {
			found = i
		}
	}
	if hashed {
		return found, nil
	}
	_, err := s.same(ctx, s.decoy, code)
	return found, err
}

func (s *Strategy) same(ctx context.Context, text, code string) (same bool, err error) {
	stored, err := digest.ParseOwn(text, digest.Ceilings{})
	if err != nil {
		return false, errors.New("backup-code: a digest cannot be read")
	}
	err = s.host.Hash(ctx, stored.Cost(), func() { same = digest.Matches(ctx, stored, s.maker, code) })
	return same && err == nil, err
}

// The states of a record. Upkeep finds records with codes to hash by them.
const (
	protectionField = "protection"
	sealed          = "sealed"
	hashed          = "hashed"
	leftField       = "left"
)

func (s *Strategy) seal(codes []one) (strategies.Record, error) {
	text, err := json.Marshal(codes)
	if err != nil {
		return strategies.Record{}, err
	}
	state := hashed
	if slices.ContainsFunc(codes, func(o one) bool { return o.Plain != "" }) {
		state = sealed
	}
	secret, err := s.host.Seal(text)
	return strategies.Record{Secret: secret, Public: map[string]any{leftField: len(codes), protectionField: state}}, err
}

func (s *Strategy) open(rec strategies.Record) ([]one, error) {
	text, err := s.host.Open(rec.Secret)
	if err != nil {
		return nil, err
	}
	var codes []one
	if json.Unmarshal(text, &codes) != nil {
		// The parser's own error may quote the secret.
		return nil, errors.New("backup-code: a record's secret cannot be read")
	}
	return codes, nil
}

// left returns the number of codes in a record. The number is a float64 after a trip through JSON.
func left(rec strategies.Record) int {
	switch n := rec.Public[leftField].(type) {
	case int:
		return n
	case float64:
		return int(n)
	}
	return 0
}
