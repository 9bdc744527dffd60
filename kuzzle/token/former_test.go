package token_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/token"
)

// TestTokensOfTheFirstVersion: tokens that the first version of this package signed,
// and its encrypted keys, stay valid in every later version. The keys are encrypted
// with the tests' master key and sign nothing else.
func TestTokensOfTheFirstVersion(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("testdata", "first-version.json"))
	if err != nil {
		t.Fatal(err)
	}
	var kept struct {
		Sealed []byte
		Tokens []string
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		t.Fatal(err)
	}
	sessions, _ := node(t, &shelf{sealed: kept.Sealed})
	want := []token.Claims{
		{Kuid: "kuid-fancy-heron-1234", Session: "0197fa62-4ab8-7d3e-9a2e-0c6c1f6f1a11", ID: "0197fa62-4ab8-7d3e-9a2e-0c6c1f6f1a12", IssuedAt: epoch, Expires: time.Unix(4_000_000_000, 0).UTC()},
		{Kuid: "jdoe", Session: "s", ID: "j", IssuedAt: epoch},
		{Kuid: "zoë>?~\x7f<&\"\\\u2028 𝔘", Session: "é", ID: "j", IssuedAt: epoch},
	}
	if len(kept.Tokens) != len(want) {
		t.Fatalf("got %d tokens, want %d", len(kept.Tokens), len(want))
	}
	for i, signed := range kept.Tokens {
		if got, err := sessions.Verify(t.Context(), signed, epoch); err != nil || got != want[i] {
			t.Errorf("token %d: got %+v, %v, want %+v", i, got, err, want[i])
		}
	}
}
