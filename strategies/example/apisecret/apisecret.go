// Package apisecret logs programs in by the id of a key and its secret.
package apisecret

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/kuzzle/fault/assert"
	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	name = "api-secret"

	maxKey    = 256 // bytes
	maxSecret = 1024
)

// errShort is our own error: codes from 0x60000000 on are for plugins.
var errShort = fault.Declare(0x60000001, "plugin.api-secret.short_secret", 400,
	`"secret" is too short: give at least %d random characters.`)

type options struct {
	// MinLength is the smallest length of a secret. SHA-256 is fast, so secrets must be random.
	MinLength int `json:"minLength"`
}

type strategy struct {
	options options
	host    strategies.Host
}

// The optional interfaces that this strategy implements.
var (
	_ strategies.Fields   = (*strategy)(nil)
	_ strategies.Searcher = (*strategy)(nil)
)

// New builds the strategy. backend.Use takes it.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	s := &strategy{options: options{MinLength: 32}, host: host}
	return s, strategies.DecodeConfig(cfg, &s.options)
}

// Name returns the name that clients use.
func (*strategy) Name() string { return name }

// Fields returns the fields for getCredentialFields.
func (*strategy) Fields() []string { return []string{"key", "secret"} }

// SearchFields returns the fields of Info that searchUsersByCredentials can search.
func (*strategy) SearchFields() []string { return []string{"key"} }

// Info returns a credential without its secret.
func (*strategy) Info(rec strategies.Record) strategies.Credentials {
	return strategies.Credentials{"key": rec.Public["key"]}
}

// Check validates a client's input and changes nothing.
func (s *strategy) Check(_ context.Context, who strategies.Subject, in strategies.Credentials) (strategies.Draft, error) {
	if err := in.Only("key", "secret"); err != nil {
		return nil, err
	}
	key, hasKey, err := in.Text("key", maxKey)
	if err != nil {
		return nil, err
	}
	secret, hasSecret, err := in.Text("secret", maxSecret)
	if err != nil {
		return nil, err
	}
	d := &draft{key: key, secret: secret}
	if who.Reason == strategies.Update {
		if len(who.Records) == 0 {
			return nil, strategies.ErrMissing.New(name)
		}
		d.old = &who.Records[0]
		if !hasKey {
			d.key, _ = d.old.Public["key"].(string)
		}
	} else if len(who.Records) > 0 && who.Reason != strategies.Validate {
		return nil, strategies.ErrExists.New(name)
	}
	switch {
	case d.key == "":
		return nil, assert.Missing.New("key")
	case !hasSecret && (d.old == nil || !hasKey):
		return nil, assert.Missing.New("secret")
	case hasSecret && len(secret) < s.options.MinLength:
		return nil, errShort.New(s.options.MinLength)
	}
	return d, nil
}

// draft is a checked credential; old is the record to change, nil for a new one.
type draft struct {
	key, secret string
	old         *strategies.Record
}

// Identifiers returns the names by which Authenticate finds the user.
func (d *draft) Identifiers() []strategies.Identifier {
	return []strategies.Identifier{{Kind: "key", Value: d.key}}
}

// Seal returns the record to store. A slow hash would run in Host.Hash.
func (d *draft) Seal(context.Context) (strategies.Record, error) {
	rec := strategies.Record{Identifiers: d.Identifiers(), Public: map[string]any{"key": d.key}}
	if d.secret == "" {
		rec.Secret = d.old.Secret
		return rec, nil
	}
	sum := sha256.Sum256([]byte(d.secret))
	rec.Secret = sum[:]
	return rec, nil
}

// Authenticate does the same work and gives the same answer for an unknown key and a wrong secret.
func (s *strategy) Authenticate(ctx context.Context, in strategies.Credentials) (strategies.Outcome, error) {
	key, _, err := in.Text("key", maxKey)
	if err != nil {
		return strategies.Outcome{}, err
	}
	secret, _, err := in.Text("secret", maxSecret)
	if err != nil {
		return strategies.Outcome{}, err
	}
	found, ok, err := s.host.FindByIdentifier(ctx, strategies.Identifier{Kind: "key", Value: key})
	if err != nil {
		return strategies.Outcome{}, err
	}
	kept := make([]byte, sha256.Size)
	if ok && len(found.Records) > 0 {
		kept = found.Records[0].Secret
	}
	sum := sha256.Sum256([]byte(secret))
	if subtle.ConstantTimeCompare(sum[:], kept) != 1 {
		return strategies.Outcome{}, strategies.Refused()
	}
	return strategies.Outcome{Kuid: found.Kuid, Factor: name}, nil
}
