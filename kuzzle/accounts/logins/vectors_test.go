//go:build !cheaphash

package logins_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/accounts/accountstest"
	"github.com/gokuzzle/kuzzle/kuzzle/digest"
)

// Every public vector can be imported. A sample logs in, another one for each form of new
// digests; the package digest tries all passwords. Afterwards it has a digest of the instance's
// own, if the vector's digest was made of the whole password.
func TestImportedVectors(t *testing.T) {
	const sampled = 4
	from := map[string]int{"bcrypt": 1}
	for name, maker := range map[string]digest.Maker{"argon2id": accountstest.CheapMaker, "bcrypt": digest.Bcrypt{Rounds: 4, Long: accountstest.CheapMaker}} {
		t.Run(name, func(t *testing.T) {
			b := newImports(t, maker)
			for i, v := range publicVectors(t) {
				user := fmt.Sprintf("user-%d", i)
				u, err := b.Credentials.Create(t.Context(), accountstest.Admin, accountstest.Imported(map[string]any{
					"username": user, "passwordDigest": v.text(), "passwordHasher": v.Hasher,
				}))
				if v.Malformed != (err != nil) {
					t.Errorf("%s %.50q: created with %v, want malformed %v", v.Hasher, v.text(), err, v.Malformed)
				}
				if err != nil || !v.Valid || v.Password == "" || v.Hasher == "awscognito" || i%sampled != from[name] {
					continue
				}
				for range 2 {
					if err := b.LoginAs(t, "local", "username", user, v.Password); err != nil {
						t.Errorf("%s %.50q (%s): %v", v.Hasher, v.text(), v.Note, err)
					}
				}
				want := "$argon2id$"
				if name == "bcrypt" && len(v.Password) <= digest.MaxBcryptPassword {
					want = "$2b$04$"
				}
				// A digest of bcrypt is not renewed if bcrypt may have cut the password.
				if d, err := digest.Parse(v.Hasher, v.text(), digest.Ceilings{}); err == nil && !digest.Exact(d, v.Password) {
					want = `"hasher":"` + v.Hasher + `"`
				}
				if kept := secrets(t, b, u.Kuid); !strings.Contains(kept, want) {
					t.Errorf("%s %.50q: what is kept afterwards is not %s", v.Hasher, v.text(), want)
				}
			}
		})
	}
}

type publicVector struct {
	Hasher, Password, Note string
	Digest                 json.RawMessage
	Valid, Malformed       bool
}

func (v publicVector) text() string {
	var text string
	if json.Unmarshal(v.Digest, &text) == nil {
		return text
	}
	return string(v.Digest)
}

func publicVectors(t *testing.T) []publicVector {
	t.Helper()
	var all []publicVector
	for _, name := range []string{"vectors_public.json", "extra_vectors.json"} {
		raw, err := os.ReadFile("../../digest/testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		var some []publicVector
		if err := json.Unmarshal(raw, &some); err != nil {
			t.Fatal(err)
		}
		all = append(all, some...)
	}
	return all
}
