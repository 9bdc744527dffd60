package digestimport_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

const (
	hush = "a pepper that nobody sees"
	// peppered is bcrypt(concat(password, pepper)) of "correct horse", by Python's bcrypt.
	peppered = "$2b$06$SfhMD9o6/.yJtY3TzszbgOBxuBwRliSqVjqvwf099KhWAqHp5qrMO"
	// salted is md5(concat(pepper, salt, password)) of it, by Python's hashlib.
	salted = "f3f66968d263210871c5563578c26971"
)

func mounted(t *testing.T) (*digestimport.Strategy, *strategytest.Host) {
	t.Helper()
	host := strategytest.NewHost()
	s, err := host.Mount(digestimport.New, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s.(*digestimport.Strategy), host
}

func imported(t *testing.T, s *digestimport.Strategy, text string, hasher any) strategies.Record {
	t.Helper()
	draft, err := s.Check(t.Context(), strategies.Subject{}, strategies.Credentials{"username": "ada", "passwordDigest": text, "passwordHasher": hasher})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := draft.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// TestRecipes: a passwordHasher may be a recipe with its values. A pepper is stored sealed,
// shown nowhere but in an export of digests, and the digest stays usable when it is wrapped,
// exported, imported elsewhere and stood in for.
func TestRecipes(t *testing.T) {
	for _, row := range []struct {
		name, text, protection string
		hasher                 map[string]any
	}{
		{"slow", peppered, digestimport.SealedKey, map[string]any{"recipe": "bcrypt(concat(password, pepper))", "pepper": hush}},
		{"by a preset", peppered, digestimport.SealedKey, map[string]any{"recipe": "devise-pepper", "pepper": hush}},
		{"weak", salted, digestimport.Sealed, map[string]any{"recipe": "md5(concat(pepper, salt, password))", "pepper": hush, "salt": float64(4711)}},
		{"in quotes", salted, digestimport.Sealed, map[string]any{"recipe": "md5(concat('" + hush + "', salt, password))", "salt": "4711"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			s, host := mounted(t)
			rec := imported(t, s, row.text, row.hasher)
			if rec.Public["passwordHasher"] != digest.RecipeName || rec.Public[digestimport.ProtectionField] != row.protection {
				t.Errorf("kept as %v", rec.Public)
			}
			verify := func(when string, s *digestimport.Strategy, rec strategies.Record) {
				t.Helper()
				for password, want := range map[string]strategies.Verdict{"correct horse": strategies.RightButRenew, "wrong horse": strategies.Wrong, "": strategies.Wrong, row.text: strategies.Wrong} {
					if got, err := s.VerifyPassword(t.Context(), rec, password); err != nil || got != want {
						t.Errorf("%s, %q: %v and %v, want %v", when, password, got, err, want)
					}
				}
				if shown := fmt.Sprint(string(rec.Secret), rec.Public, s.Info(rec), s.CostClass(rec)); strings.Contains(shown, hush) || strings.Contains(shown, "4711") {
					t.Errorf("%s: it shows %s", when, shown)
				}
			}
			verify("imported", s, rec)
			decoy, err := s.DecoyLike(rec)
			if got, failed := s.VerifyPassword(t.Context(), decoy, "correct horse"); err != nil || failed != nil || got != strategies.Wrong {
				t.Errorf("the decoy: %v, %v and %v", got, err, failed)
			}
			better, _, err := s.Improve(t.Context(), rec)
			if err != nil {
				t.Fatal(err)
			}
			wants := row.protection
			if wants == digestimport.Sealed {
				wants = digestimport.Wrapped
			}
			if better.Public[digestimport.ProtectionField] != wants {
				t.Errorf("in the background it becomes %v", better.Public)
			}
			verify("wrapped", s, better)
			for when, rec := range map[string]strategies.Record{"exported": rec, "exported wrapped": better} {
				_, out, err := s.Export(t.Context(), rec)
				if err != nil {
					t.Fatal(err)
				}
				other, _ := mounted(t)
				verify(when, other, imported(t, other, out["passwordDigest"].(string), out["passwordHasher"]))
				verify(when+", without a name", other, imported(t, other, out["passwordDigest"].(string), ""))
			}
			if strings.Contains(host.Logged(), hush) {
				t.Error("the log has the pepper")
			}
		})
	}
}

// TestRefusedRecipes: they are refused before anything is hashed, without the secrets in
// them.
func TestRefusedRecipes(t *testing.T) {
	for _, row := range []struct {
		hasher any
		want   string
	}{
		{map[string]any{}, "api.assert.missing_argument"},
		{map[string]any{"recipe": ""}, "api.assert.missing_argument"},
		{map[string]any{"recipe": []any{"md5(password)"}}, "api.assert.invalid_type"},
		{map[string]any{"recipe": "md5(password)", "pepper": map[string]any{}}, "api.assert.invalid_type"},
		{[]any{"md5"}, "api.assert.invalid_type"},
		{map[string]any{"recipe": "md5(concat(password, pepper))"}, "security.digest.recipe"},
		{map[string]any{"recipe": "md5(password)", "pepper": hush}, "security.digest.recipe"},
		{map[string]any{"recipe": "md5('" + hush}, "security.digest.recipe"},
		{map[string]any{"recipe": strings.Repeat("bcrypt(", 30) + "password" + strings.Repeat(")", 30)}, "security.digest.too_expensive"},
		{map[string]any{"recipe": "pbkdf2_md5(password, pepper, 99999999, 16)", "pepper": hush}, "security.digest.too_expensive"},
		{map[string]any{"recipe": "sha1(concat(password, pepper))", "pepper": hush}, "security.digest.malformed"},
	} {
		s, host := mounted(t)
		_, err := s.Check(t.Context(), strategies.Subject{}, strategies.Credentials{"username": "ada", "passwordDigest": salted, "passwordHasher": row.hasher})
		failure, ok := fault.From(err)
		if !ok || failure.Kind.ID() != row.want {
			t.Errorf("%v: %v, want %s", row.hasher, err, row.want)
			continue
		}
		said, _ := json.Marshal(failure)
		if host.Hashes() != 0 || strings.Contains(failure.Message()+string(said)+err.Error(), hush) {
			t.Errorf("%v: %d hashes, the message is %s", row.hasher, host.Hashes(), failure.Message())
		}
	}
}
