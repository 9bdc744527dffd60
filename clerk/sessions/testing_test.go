package sessions

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/api"
	"github.com/gokuzzle/kuzzle/kuzzle/token/signing"
	"github.com/gokuzzle/kuzzle/kuzzle/token/tokentest"
)

// TestTestingToken: a testing token tells its end, and nobody can make one.
func TestTestingToken(t *testing.T) {
	sealer := tokentest.Sealer(t)
	now := time.Unix(1_700_000_000, 0)
	c := &controller{Deps: Deps{Sealer: sealer, Signer: signing.New(signing.Options{Now: func() time.Time { return now }})}}
	made, err := c.testingToken(context.Background(), &api.Request{}, api.None{})
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := base64.RawURLEncoding.DecodeString(made.Token)
	if err != nil {
		t.Fatal(err)
	}
	end, err := sealer.Open(testingPurpose, sealed)
	if err != nil || int64(binary.BigEndian.Uint64(end)) != made.ExpiresAt || made.ExpiresAt != now.Add(time.Hour).Unix() {
		t.Errorf("the token tells %x (%v), the answer %d", end, err, made.ExpiresAt)
	}
	sealed[len(sealed)-1]++
	if _, err := sealer.Open(testingPurpose, sealed); err == nil {
		t.Error("a token that was changed is taken")
	}
}

// TestIneligible: which claims of a token of ours make no other token.
func TestIneligible(t *testing.T) {
	const session, origin = "sess_1", "https://app.example.com"
	for want, claims := range map[string]map[string]any{
		"clerk.api.expired_session_token_missing_sid":   {"azp": origin},
		"clerk.api.refresh_sid_mismatch":                {"sid": "sess_2", "azp": origin},
		"clerk.api.expired_session_token_missing_azp":   {"sid": session},
		"clerk.api.refresh_request_origin_azp_mismatch": {"sid": session, "azp": "https://other.example.com"},
	} {
		if got := ineligible(claims, session, origin); got == nil || got.New().ID() != want {
			t.Errorf("%v: %v, want %s", claims, got, want)
		}
	}
	if got := ineligible(map[string]any{"sid": session, "azp": origin}, session, origin); got != nil {
		t.Errorf("refused for %v", got)
	}
	for text, want := range map[string]bool{
		origin: true, "http://127.0.0.1:3000": true, "": false, "app.example.com": false, origin + "/": false, "https://a@app.example.com": false, "ftp://x": false, "https://x?y": false,
	} {
		if isOrigin(text) != want {
			t.Errorf("%q is an origin: %v", text, !want)
		}
	}
}
