//go:build !cheaphash

package systemtest

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/digest"
)

// clerkVector is a digest with a password and the expected result.
type clerkVector struct {
	Hasher, Password, Note string
	Digest                 json.RawMessage
	Valid, Malformed       bool
}

// text is the digest as a client sends it: some are kept as JSON.
func (v clerkVector) text() string {
	var text string
	if json.Unmarshal(v.Digest, &text) == nil {
		return text
	}
	return string(v.Digest)
}

// otherForm marks vectors whose password is the right one in another form of Unicode.
const otherForm = "NFD form"

// TestClerkVectors brings every public digest by createUser, and has passwords verified
// against them. Those that are malformed are refused, and weak ones are made anew.
func TestClerkVectors(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../digest/testdata/vectors_public.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []clerkVector
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) < 500 {
		t.Fatalf("there are %d vectors", len(all))
	}
	s := startClerk(t)
	weak := map[string]bool{}
	for i, v := range all {
		name := fmt.Sprintf("%d: %s %.50q (%s)", i, v.Hasher, v.text(), v.Note)
		body, err := json.Marshal(map[string]any{
			"email_address": []string{fmt.Sprintf("vector%d@example.com", i)}, "password_digest": v.text(), "password_hasher": v.Hasher,
		})
		if err != nil {
			t.Fatal(err)
		}
		if v.Malformed {
			s.refuse(t, "POST", "/users", []clerkRefusal{{name, string(body), 422, []string{"form_password_digest_invalid_code password_digest"}}})
			continue
		}
		id := s.make(t, "/users", string(body))
		if v.Hasher == "awscognito" {
			continue // asks another system, which the tests of logins have
		}
		proof, err := json.Marshal(map[string]string{"password": v.Password})
		if err != nil {
			t.Fatal(err)
		}
		if s.proves(t, name, id, string(proof), v) && s.renews(t, name, id, v) {
			weak[v.Hasher] = true
		}
	}
	for _, hasher := range []string{"md5", "md5_salted", "sha256", "sha256_salted", "sha512_symfony", "ldap_ssha", "md5_phpass", "phpass"} {
		if !weak[hasher] {
			t.Errorf("no digest of %s was made anew", hasher)
		}
	}
}

// proves verifies the password of a vector, and reports whether it was right.
func (s clerkServer) proves(t *testing.T, name, id, proof string, v clerkVector) bool {
	t.Helper()
	verify := "/users/" + id + "/verify_password"
	switch {
	case v.Password == "":
		s.refuse(t, "POST", verify, []clerkRefusal{{name, proof, 422, []string{"form_param_nil password"}}})
		return false
	case strings.Contains(v.Note, otherForm):
		// A login takes a password in either form of Unicode, and so does this.
		s.call(t, "POST", verify, proof).want(t, name, map[string]any{"verified": true})
		return false
	case !v.Valid:
		s.refuse(t, "POST", verify, []clerkRefusal{{name, proof, 422, []string{"incorrect_password password"}}})
		return false
	}
	a := s.call(t, "POST", verify, proof)
	if a.status != 200 || a.object["verified"] != true {
		t.Errorf("%s: %d %s", name, a.status, a.body)
		return false
	}
	return true
}

// renews sees that a weak digest was made anew, unless it was made of a part of the
// password, and that the new one takes the same password.
func (s clerkServer) renews(t *testing.T, name, id string, v clerkVector) bool {
	t.Helper()
	d, err := digest.Parse(v.Hasher, v.text(), digest.Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Describe().Strength != digest.Weak || !digest.Exact(d, v.Password) {
		return false
	}
	a := s.operate(t, "security", "hasCredentials", map[string]any{"strategy": "local", "_id": id}, nil)
	if a["result"] != true {
		t.Errorf("%s: the weak digest is still kept", name)
	}
	proof, _ := json.Marshal(map[string]string{"password": v.Password})
	s.call(t, "POST", "/users/"+id+"/verify_password", string(proof)).want(t, name+", renewed", map[string]any{"verified": true})
	return true
}
