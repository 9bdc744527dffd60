package main

import (
	"context"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
	"github.com/gokuzzle/kuzzle/kuzzle/config"
)

type keys struct {
	Rotate rotateKeys `cmd:"" help:"Make a new key that signs tokens."`
	Public publicKeys `cmd:"" help:"Print the public keys by which other services verify tokens."`
}

type rotateKeys struct {
	config.Flags
	Services bool          `help:"Rotate the keys of tokens that other services verify, instead. The new one signs in ten minutes, when verifiers know it; the one before stays published until its last token has ended."`
	Overlap  time.Duration `default:"1d" placeholder:"TIME" help:"How long tokens signed with the present key go on working, such as 12h or 7d; one day when not given. 0s ends them all at once."`
	JSON     bool          `name:"json" help:"Print JSON."`
}

// Run makes the new key.
func (r *rotateKeys) Run(ctx context.Context, at console) error {
	server, err := reach(ctx, r.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	answer, err := server.ask(ctx, backend.AdminRequest{Rotate: &backend.Rotation{Overlap: r.Overlap, Services: r.Services}})
	if err != nil {
		return err
	}
	var made struct {
		Key  string    `json:"key"`
		From time.Time `json:"from,omitzero"`
	}
	if err := json.Unmarshal(answer, &made); err != nil {
		return err
	}
	if r.JSON {
		return at.printJSON(made)
	}
	if r.Services {
		_, err = fmt.Fprintf(at.out, "key %s is published; it signs from %s on; %s\n", made.Key, made.From.Format(time.RFC3339), told(r.Overlap))
		return err
	}
	if r.Overlap == 0 {
		_, err = fmt.Fprintf(at.out, "tokens are signed with key %s; everybody has to log in again\n", made.Key)
		return err
	}
	_, err = fmt.Fprintf(at.out, "new tokens are signed with key %s; older ones work for another %s at most\n", made.Key, config.Duration(r.Overlap))
	return err
}

// told says what becomes of tokens for other services.
func told(overlap time.Duration) string {
	if overlap == 0 {
		return "older tokens end when their verifiers read the keys again"
	}
	return "older tokens work until they expire"
}

type publicKeys struct {
	config.Flags
	PEM bool `name:"pem" help:"Print PEM, a block for each key, instead of a JSON Web Key Set."`
}

// Help is shown below the flags.
func (publicKeys) Help() string {
	return "A service with these keys verifies tokens without requests to the server. Print them again after a rotation: for the ten minutes before the new key signs there are two, the older one first."
}

// Run prints them; the first call ever makes the first one.
func (p *publicKeys) Run(ctx context.Context, at console) error {
	server, err := reach(ctx, p.Flags, existing)
	if err != nil {
		return err
	}
	defer server.close()
	answer, err := server.ask(ctx, backend.AdminRequest{PublicKeys: true})
	if err != nil {
		return err
	}
	if !p.PEM {
		return at.printJSON(json.RawMessage(answer))
	}
	var set struct {
		Keys []struct{ N, E string }
	}
	if err := json.Unmarshal(answer, &set); err != nil {
		return err
	}
	for _, key := range set.Keys {
		n, err := base64.RawURLEncoding.DecodeString(key.N)
		e, alsoErr := base64.RawURLEncoding.DecodeString(key.E)
		if err = errors.Join(err, alsoErr); err != nil {
			return err
		}
		public := &rsa.PublicKey{N: new(big.Int).SetBytes(n), E: int(new(big.Int).SetBytes(e).Int64())}
		encoded, err := x509.MarshalPKIXPublicKey(public)
		if err != nil {
			return err
		}
		if err := pem.Encode(at.out, &pem.Block{Type: "PUBLIC KEY", Bytes: encoded}); err != nil {
			return err
		}
	}
	return nil
}
