package digestimport_test

import (
	"crypto/md5"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
	"github.com/gokuzzle/kuzzle/strategies"
	"github.com/gokuzzle/kuzzle/strategies/digestimport"
	"github.com/gokuzzle/kuzzle/strategies/strategytest"
)

// sealed returns a record of a digest, made by an instance with the default ceilings.
func sealed(t *testing.T, hasher, text string) strategies.Record {
	t.Helper()
	s, err := strategytest.NewHost().Mount(digestimport.New, nil)
	if err != nil {
		t.Fatal(err)
	}
	draft, err := s.Check(t.Context(), strategies.Subject{}, strategies.Credentials{
		"username": "ada", "passwordDigest": text, "passwordHasher": hasher,
	})
	if err != nil {
		t.Fatal(err)
	}
	rec, err := draft.Seal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return rec
}

// A digest that was imported under higher ceilings is no longer verified. Its password is wrong, at
// the cost of any other wrong one: an error of its own would reveal that the user exists, and the
// format of the digest.
func TestStoredDigestAboveTheCeilings(t *testing.T) {
	rec := sealed(t, "bcrypt", digest.Bcrypt{Rounds: 5}.Hash("correct horse"))
	for _, row := range []struct {
		ceilings string
		want     strategies.Verdict
	}{{`{}`, strategies.RightButRenew}, {`{"ceilings":{"bcryptCost":4,"argon2Memory":1024}}`, strategies.Wrong}} {
		host := strategytest.NewHost()
		host.Maker = digest.Hasher{Memory: 2048, Passes: 1, Lanes: 1} // above its own ceiling, too
		mounted, err := host.Mount(digestimport.New, json.RawMessage(row.ceilings))
		if err != nil {
			t.Fatal(err)
		}
		s := mounted.(*digestimport.Strategy)
		got, err := s.VerifyPassword(t.Context(), rec, "correct horse")
		if err != nil || got != row.want {
			t.Errorf("with %s: %v and %v, want %v", row.ceilings, got, err, row.want)
		}
		if got := host.Hashes(); got != 1 {
			t.Errorf("with %s: %d hashes, want 1", row.ceilings, got)
		}
		decoy, err := s.DecoyLike(rec)
		if err != nil {
			t.Fatal(err)
		}
		host.Calls()
		if got, err := s.VerifyPassword(t.Context(), decoy, "correct horse"); err != nil || got != strategies.Wrong {
			t.Errorf("with %s: the decoy: %v and %v, want wrong", row.ceilings, got, err)
		}
		asked := host.Calls()
		if got, err := s.VerifyPassword(t.Context(), rec, "wrong horse"); err != nil || got != strategies.Wrong {
			t.Errorf("with %s: a wrong password: %v and %v, want wrong", row.ceilings, got, err)
		}
		if known := host.Calls(); strings.Join(known, ",") != strings.Join(asked, ",") {
			t.Errorf("with %s: a user costs %q, the decoy %q", row.ceilings, known, asked)
		}
		if strings.Contains(host.Logged(), "$2b$") {
			t.Error("the log holds the digest")
		}
	}
}

// A password is right in either Unicode form, whichever one its old system hashed. A wrong one
// costs the same for a user and for a decoy.
func TestUnicodeFormsOfImportedPasswords(t *testing.T) {
	composed := "Renée öffnet Sesam"
	inParts := norm.NFD.String(composed)
	for _, made := range []string{composed, inParts} {
		rec := sealed(t, "bcrypt", digest.Bcrypt{Rounds: 5}.Hash(made))
		host := strategytest.NewHost()
		mounted, err := host.Mount(digestimport.New, nil)
		if err != nil {
			t.Fatal(err)
		}
		s := mounted.(*digestimport.Strategy)
		for given, want := range map[string]strategies.Verdict{
			composed: strategies.RightButRenew, inParts: strategies.RightButRenew, "Renee öffnet Sesam": strategies.Wrong,
		} {
			if got, err := s.VerifyPassword(t.Context(), rec, given); err != nil || got != want {
				t.Errorf("a digest of %+q, %+q: %v and %v, want %v", made, given, got, err, want)
			}
		}
	}
}

// TestBytes: a digest that is not text is refused, since JSON would change it. One of an earlier
// version still logs in; it is neither wrapped nor exported.
func TestBytes(t *testing.T) {
	var host strategies.Host
	mounted, err := strategytest.NewHost().Mount(func(cfg json.RawMessage, its strategies.Host) (strategies.Strategy, error) {
		host = its
		return digestimport.New(cfg, its)
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, text := mounted.(*digestimport.Strategy), fmt.Sprintf("\xff$%x", md5.Sum([]byte("\xffhorse")))
	if _, err := s.Check(t.Context(), strategies.Subject{}, strategies.Credentials{"username": "ada", "passwordDigest": text, "passwordHasher": "md5_salted"}); err == nil {
		t.Error("bytes are taken for a digest")
	}
	sealed, err := host.Seal([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	secret, err := json.Marshal(map[string]any{"hasher": "md5_salted", "sealed": sealed})
	if err != nil {
		t.Fatal(err)
	}
	rec := strategies.Record{Strategy: digestimport.Name, Secret: secret, Public: map[string]any{digestimport.ProtectionField: digestimport.Sealed}}
	rec, _, err = s.Improve(t.Context(), rec)
	if err != nil || rec.Public[digestimport.ProtectionField] != digestimport.Left {
		t.Errorf("improved to %v, %v", rec.Public, err)
	}
	if got, err := s.VerifyPassword(t.Context(), rec, "horse"); err != nil || got != strategies.RightButRenew {
		t.Errorf("%v, %v", got, err)
	}
	if _, _, err := s.Export(t.Context(), rec); !errors.Is(err, strategies.ErrNotExportable) {
		t.Errorf("exported: %v", err)
	}
}
