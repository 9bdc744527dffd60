package legacyhttp

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/gokuzzle/kuzzle/strategies"
)

const (
	// Name is the strategy's name.
	Name = "legacy-http"
	// OldNameField is the user's name in the old system, if it differs from the first of username,
	// email and phone.
	OldNameField = "oldName"

	profilesKey = "profileIds"
	maxName     = 512
)

func init() {
	strategies.Register(Name, New)
	strategies.RegisterOptions(Name, func() any { return new(Options{SecretHeaders: map[string]string{}}.filled()) })
}

var (
	_ strategies.Strategy         = (*Strategy)(nil)
	_ strategies.PasswordVerifier = (*Strategy)(nil)
	_ strategies.Fields           = (*Strategy)(nil)
	_ strategies.Searcher         = (*Strategy)(nil)
	_ strategies.Exporter         = (*Strategy)(nil)
	_ strategies.Outside          = (*Strategy)(nil)
	_ strategies.Closer           = (*Strategy)(nil)
)

// Strategy is the legacy-http strategy; make it with [New].
type Strategy struct {
	host   strategies.Host
	asker  *asker
	create *Create
	decoy  strategies.Record
}

// New builds the strategy from its [Options] as JSON. Without a url and a system it returns
// strategies.ErrNotConfigured.
func New(cfg json.RawMessage, host strategies.Host) (strategies.Strategy, error) {
	options, err := read(cfg)
	if err != nil {
		return nil, err
	}
	question, err := newQuestion(options)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Name, err)
	}
	client := host.Client()
	if options.Internal {
		client = strategies.InternalClient()
	}
	asker := &asker{options: options, question: question, client: client, turns: strategies.NewTurns(options.Concurrent), log: host.Log(), peer: host.Peer}
	decoy, err := newDecoy(asker.nobody())
	return &Strategy{host: host, create: options.Create, decoy: decoy, asker: asker}, err
}

// Name implements strategies.Strategy.
func (*Strategy) Name() string { return Name }

// Fields implements strategies.Fields.
func (*Strategy) Fields() []string { return append(strategies.NameFields(), OldNameField) }

// SearchFields implements strategies.Searcher.
func (*Strategy) SearchFields() []string { return strategies.NameFields() }

// Info returns the names.
func (*Strategy) Info(rec strategies.Record) strategies.Credentials {
	shown := strategies.Credentials{}
	for _, id := range rec.Identifiers {
		shown[id.Kind] = id.Value
	}
	return shown
}

// AskedElsewhere implements strategies.Outside. The old system verifies all records.
func (*Strategy) AskedElsewhere(strategies.Record) bool { return true }

// Close implements strategies.Closer. It closes idle connections.
func (s *Strategy) Close(context.Context) error {
	if s.asker.options.Internal {
		s.asker.client.CloseIdleConnections()
	}
	return nil
}

// Export implements strategies.Exporter. The importing instance needs the same configuration.
func (*Strategy) Export(_ context.Context, rec strategies.Record) (string, strategies.Credentials, error) {
	kept, err := decodeSecret(rec.Secret)
	if err != nil {
		return "", nil, err
	}
	out := strategies.Credentials{OldNameField: kept.OldName}
	for _, id := range rec.Identifiers {
		out[id.Kind] = id.Value
	}
	return Name, out, nil
}
