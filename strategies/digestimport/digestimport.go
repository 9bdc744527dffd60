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
	// classField is in Public only, not in Info.
	classField = "class"
	// WrapField is an optional field of credentials: [Options.Wrap] for this digest.
	WrapField = "wrap"
	// ProtectionField is the field of Info with the protection of the digest.
	ProtectionField = "protection"
)

// The protections of a digest: stored as it was imported; encrypted under the master key until it
// is wrapped; encrypted for good, by configuration or because the digest holds a key; wrapped in
// argon2id.
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

// Options are the strategy's configuration. All of them are optional.
type Options struct {
	// Ceilings bound the cost of verifying a digest.
	Ceilings digest.Ceilings `json:"ceilings"`
	// Wrap says when weak digests are wrapped in argon2id: "now", before they are stored; "weak",
	// the default: sealed first, and wrapped later in the background; "off": sealed only.
	Wrap string `json:"wrap"`
	// Cognito configures the verification of awscognito digests.
	Cognito CognitoOptions `json:"cognito"`
}

// CognitoOptions bound the requests to Amazon Cognito.
type CognitoOptions struct {
	// Endpoint replaces Amazon's address, as AWS's environment variable
	// AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER does.
	Endpoint string `json:"endpoint"`
	// TimeoutMS is the longest wait for an answer; 5000 is the default and the maximum.
	TimeoutMS int `json:"timeoutMs"`
	// Concurrent is the number of concurrent requests: 16 by default, at most 1,000. A bounded
	// number of further requests waits, no longer than for an answer.
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

	// retryIn is the Retry-After of a login for which Cognito could not be asked.
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

// Info returns the names, and the format and strength of the digest.
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

// VerifyPassword implements strategies.PasswordVerifier. A wrong password costs at least as much as
// one for a digest of the instance's own. A right one asks for renewal, unless the digest may match
// a longer password as well: see [digest.Exact]. If the ceilings were lowered and a digest may no
// longer be verified, the result is that of a wrong password, which reveals neither the user nor
// the format.
func (s *Strategy) VerifyPassword(ctx context.Context, rec strategies.Record, password string) (strategies.Verdict, error) {
	stored, err := s.open(rec.Secret)
	if errors.Is(err, digest.ErrTooExpensive) {
		s.host.Log().WarnContext(ctx, "a stored digest costs more than strategies.digest-import.ceilings allow, so its user cannot log in", "cause", err)
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

// AskedElsewhere implements strategies.Outside. It reports digests of Cognito.
func (s *Strategy) AskedElsewhere(rec strategies.Record) bool {
	return rec.Public[hasherField] == s.cognito.Name()
}
