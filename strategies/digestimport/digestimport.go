package digestimport

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// Name is the strategy's name.
	Name = "digest-import"

	digestField   = "passwordDigest"
	hasherField   = "passwordHasher"
	strengthField = "strength"
	// classField is in Public alone.
	classField = "class"
	// WrapField is a further field of credentials: [Options.Wrap] for this digest.
	WrapField = "wrap"
	// ProtectionField tells in Info how the digest is kept.
	ProtectionField = "protection"
)

// How a digest is kept: as it came; under the master key until it is wrapped,
// or for good because that was asked for or because of the key that it holds;
// inside argon2id.
const (
	Bare      = "none"
	Sealed    = "sealed"
	Left      = "sealed-left"
	SealedKey = "sealed-key"
	Wrapped   = "wrapped"
)

func init() {
	strategies.Register(Name, New)
	strategies.RegisterOptions(Name, func() any { return new(defaults()) })
}

var (
	_ strategies.Strategy = (*Strategy)(nil)
	_ strategies.Varied   = (*Strategy)(nil)
	_ strategies.Fields   = (*Strategy)(nil)
	_ strategies.Searcher = (*Strategy)(nil)
	_ strategies.Upkeeper = (*Strategy)(nil)
	_ strategies.Outside  = (*Strategy)(nil)
)

// Options are the strategy's configuration, all of them optional.
type Options struct {
	// Ceilings bound what verifying a digest may cost.
	Ceilings digest.Ceilings `json:"ceilings"`
	// Wrap says when weak digests are wrapped in argon2id: "now", before they
	// are kept; "weak", the default, at once sealed and wrapped while nobody
	// waits; "off", sealed and left so.
	Wrap string `json:"wrap"`
	// Cognito is where awscognito digests are verified.
	Cognito CognitoOptions `json:"cognito"`
}

// CognitoOptions bound what is asked of Amazon Cognito.
type CognitoOptions struct {
	// Endpoint replaces Amazon's address; AWS's own environment variable
	// AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER does too.
	Endpoint string `json:"endpoint"`
	// TimeoutMS is how long an answer may take, at most and by default 5000.
	TimeoutMS int `json:"timeoutMs"`
	// Concurrent is how many questions there are at once: 16 by default, at
	// most 1,000. More wait, a bounded number of them and no longer than for an
	// answer.
	Concurrent int `json:"concurrent"`
}

// The values of Wrap.
const (
	WrapNow  = "now"
	WrapWeak = "weak"
	WrapOff  = "off"
)

const (
	maxTimeout        = 5 * time.Second
	defaultConcurrent = 16
	maxConcurrent     = 1000

	// retryIn is when to come again where Cognito was not asked.
	retryIn = 5 * time.Second
)

func isWrap(value string) bool { return value == WrapNow || value == WrapWeak || value == WrapOff }

var wrapValues = fmt.Sprintf("%q, %q or %q", WrapNow, WrapWeak, WrapOff)

// Strategy is the digest-import strategy; make it with [New].
type Strategy struct {
	host     strategies.Host
	ceilings digest.Ceilings
	wrap     string
	cognito  digest.Cognito
	client   *http.Client
	timeout  time.Duration
	turns    *strategies.Turns
	decoy    strategies.Record
}

func defaults() Options {
	return Options{Ceilings: digest.Ceilings{}.WithDefaults(), Wrap: WrapWeak, Cognito: CognitoOptions{
		Endpoint: os.Getenv(digest.CognitoEndpoint), TimeoutMS: int(maxTimeout.Milliseconds()), Concurrent: defaultConcurrent,
	}}
}

// New builds the strategy from its [Options] as JSON.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	options := defaults()
	if err := strategies.DecodeConfig(cfg, &options); err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	if !isWrap(options.Wrap) {
		return nil, fmt.Errorf("%s: wrap: give %s", Name, wrapValues)
	}
	timeout := time.Duration(options.Cognito.TimeoutMS) * time.Millisecond
	if timeout < 0 || timeout > maxTimeout {
		return nil, fmt.Errorf("%s: cognito.timeoutMs: give at most %d", Name, maxTimeout.Milliseconds())
	}
	if timeout == 0 {
		timeout = maxTimeout
	}
	atOnce := options.Cognito.Concurrent
	if atOnce < 0 || atOnce > maxConcurrent {
		return nil, fmt.Errorf("%s: cognito.concurrent: give 1 to %d", Name, maxConcurrent)
	}
	if atOnce == 0 {
		atOnce = defaultConcurrent
	}
	s := &Strategy{
		host: host, ceilings: options.Ceilings, wrap: options.Wrap, timeout: timeout, turns: strategies.NewTurns(atOnce),
		cognito: digest.Cognito{Endpoint: options.Cognito.Endpoint}, client: host.Client(),
	}
	if options.Cognito.Endpoint != "" {
		s.client = strategies.InternalClient()
	}
	own := host.Passwords()
	raw, err := (&secret{Hasher: own.Name(), Digest: own.Decoy()}).encode()
	s.decoy = strategies.Record{Secret: raw}
	return s, err
}

// Name implements strategies.Strategy.
func (*Strategy) Name() string { return Name }

// Fields implements strategies.Fields.
func (*Strategy) Fields() []string { return append(strategies.NameFields(), digestField, hasherField) }

// SearchFields implements strategies.Searcher.
func (*Strategy) SearchFields() []string {
	return append(strategies.NameFields(), hasherField, ProtectionField)
}

// Info shows the names, and format and strength of the digest.
func (*Strategy) Info(rec strategies.Record) strategies.Credentials {
	shown := strategies.Credentials(maps.Clone(rec.Public))
	if shown == nil {
		shown = strategies.Credentials{}
	}
	delete(shown, classField)
	for _, id := range rec.Identifiers {
		shown[id.Kind] = id.Value
	}
	return shown
}

// Decoy implements strategies.PasswordVerifier.
func (s *Strategy) Decoy() strategies.Record { return s.decoy }

// CostClass implements strategies.Varied.
func (*Strategy) CostClass(rec strategies.Record) string {
	class, _ := rec.Public[classField].(string)
	return class
}

// DecoyLike implements strategies.Varied.
func (s *Strategy) DecoyLike(rec strategies.Record) (strategies.Record, error) {
	d, err := s.open(rec.Secret)
	if errors.Is(err, digest.ErrTooExpensive) {
		return s.decoy, nil
	}
	if err != nil {
		return strategies.Record{}, err
	}
	k := secret{}
	k.Hasher, k.Digest = digest.Decoy(d)
	raw, err := k.encode()
	return strategies.Record{Strategy: Name, Secret: raw}, err
}

// VerifyPassword implements strategies.PasswordVerifier. A wrong password costs
// at least what one costs whose digest is the instance's own. A right one asks for
// renewal, unless the digest may be of a longer one: see [digest.Exact]. A digest that may not be verified any more, since the ceilings
// were lowered, answers as a wrong password does: its user and its format are
// nobody's business.
func (s *Strategy) VerifyPassword(ctx context.Context, rec strategies.Record, password string) (strategies.Verdict, error) {
	stored, err := s.open(rec.Secret)
	if errors.Is(err, digest.ErrTooExpensive) {
		s.host.Log().WarnContext(ctx, "a stored digest costs more than strategies.digest-import.ceilings allow: its user cannot log in", "cause", err)
		stored, err = digest.ParseOwn(s.host.Passwords().Decoy(), digest.Ceilings{})
	}
	if err != nil {
		return strategies.Wrong, err
	}
	right := false
	if remote, ok := stored.(digest.Remote); ok {
		if right, err = s.ask(ctx, remote, password); err != nil || right {
			return verdict(right, true), err
		}
	}
	own := s.host.Passwords()
	err = s.host.Hash(ctx, digest.CheckCost(stored, own, password), func() { right = digest.Check(ctx, stored, own, password) })
	return verdict(right && err == nil, digest.Exact(stored, password)), err
}

func verdict(right, exact bool) strategies.Verdict {
	switch {
	case right && exact:
		return strategies.RightButRenew
	case right:
		return strategies.Right
	}
	return strategies.Wrong
}

func (s *Strategy) ask(ctx context.Context, remote digest.Remote, password string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	done, err := s.turns.Take(ctx)
	if err != nil {
		return false, digest.ErrUnavailable.New().RetryIn(retryIn).Because(err)
	}
	defer done()
	return remote.Ask(ctx, s.client, password)
}

// AskedElsewhere implements strategies.Outside: those of Cognito are.
func (s *Strategy) AskedElsewhere(rec strategies.Record) bool {
	return rec.Public[hasherField] == s.cognito.Name()
}
