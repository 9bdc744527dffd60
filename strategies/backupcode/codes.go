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
	// drawn is how many codes are drawn at once, each of its digit and codeLetters
	// further characters: 50 bits, which are hashed as passwords are.
	drawn       = 10
	codeLetters = 10
	// letters leaves out those that are read as others.
	letters = "0123456789abcdefghjkmnpqrstvwxyz"

	// Codes from elsewhere, in the clear or as digests.
	maxCodes         = 50
	minCode, maxCode = 6, 200
	// maxPlain bounds those in the clear: what is longer is a digest of a make that
	// nobody here knows.
	maxPlain = 24
)

// one is a code as it is kept.
type one struct {
	// Tag is the code's first character, so that a guess is hashed once and not
	// against every code; "" where only a digest is known.
	Tag    string `json:"tag,omitempty"`
	Digest string `json:"digest,omitempty"`
	// Plain is a code from elsewhere that is not hashed yet.
	Plain string `json:"plain,omitempty"`
}

// draw makes new codes in the form in which people write them down: 0-abcde-fghjk.
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

// plain is a code without what people add or leave out when they type it. It is
// hashed in this form, and gone in every other one as well.
func plain(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\t", "").Replace(code))
}

// isPlain reports whether a text that came from elsewhere is a code in the clear.
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

// find returns which of the codes it is, or -1. A code that is none of them costs a
// hash too.
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

// The states of a record, by which upkeep finds those to be hashed.
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
		// The parser's own error may quote what it read.
		return nil, errors.New("backup-code: a record's secret cannot be read")
	}
	return codes, nil
}

// left is how many codes a record has. A number may have been JSON meanwhile.
func left(rec strategies.Record) int {
	switch n := rec.Public[leftField].(type) {
	case int:
		return n
	case float64:
		return int(n)
	}
	return 0
}
