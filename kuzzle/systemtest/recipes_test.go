package systemtest

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// recipePepper is a secret that every request of these tests brings, and that nothing which
// the server writes may have.
const recipePepper = "146585145368132386173505678016728509634"

// TestRecipes brings digests that other functions precede, one by one and in a file: their
// passwords log in, recipes that cost too much are refused at once, and no pepper is seen.
func TestRecipes(t *testing.T) {
	t.Parallel()
	eachProtocol(t, func(t *testing.T, protocol string) {
		st := newStory(t, start(t), protocol)
		mac := hmac.New(sha512.New, []byte(recipePepper))
		mac.Write([]byte(canaryPassword))
		flask, err := bcrypt.GenerateFromPassword([]byte(base64.StdEncoding.EncodeToString(mac.Sum(nil)))[:72], bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		sum := md5.Sum([]byte("s4lt" + canaryPassword + recipePepper))
		weak := hex.EncodeToString(sum[:])
		for id, row := range map[string]struct {
			digest string
			hasher map[string]any
		}{
			"flask": {string(flask), map[string]any{"recipe": "flask-security", "pepper": recipePepper}},
			"full":  {string(flask), map[string]any{"recipe": "bcrypt(base64(hmac_sha512(pepper, password)))", "pepper": recipePepper}},
			"weak":  {weak, map[string]any{"recipe": "md5(concat(salt, password, pepper))", "salt": "s4lt", "pepper": recipePepper}},
		} {
			wantError(t, id, st.digestOf(t, id, row.digest, row.hasher), 200, "")
			seen := st.call(t, call{controller: "security", action: "getCredentials", args: map[string]any{"_id": id, "strategy": "digest-import"}, token: st.kept["admin"]})
			if seen.text("result.passwordHasher") != "recipe" || strings.Contains(string(seen.raw), recipePepper) || strings.Contains(string(seen.raw), row.digest) {
				t.Errorf("%s is shown as %s", id, seen.raw)
			}
		}
		bring := st.call(t, call{controller: "import", action: "create", token: st.kept["admin"], hasBody: true, body: map[string]any{
			"format": "csv", "digest": "flask-security", "pepper": recipePepper,
		}})
		wantError(t, "an import", bring, 200, "")
		args := map[string]any{"_id": bring.text("result._id")}
		file := "username,password\nfile," + string(flask) + "\n"
		wantError(t, "its file", st.call(t, call{controller: "import", action: "upload", args: args, token: st.kept["admin"], hasBody: true, body: map[string]any{"text": file, "end": true}}), 200, "")
		st.importEnds(t, args)
		for _, id := range []string{"flask", "full", "weak", "file"} {
			wantError(t, "a wrong one of "+id, st.call(t, loginAs(id, canaryPassword+"x", "")), 401, "plugin.strategy.missing_user")
			for range 2 { // the second time with a digest of the server's own
				wantError(t, id, st.call(t, loginAs(id, canaryPassword, "")), 200, "")
			}
		}
		for recipe, want := range map[string]string{
			"bcrypt(base64(hmac_sha512(pepper, password))":                                            "security.digest.recipe",
			strings.Repeat("bcrypt(", 40) + "password" + strings.Repeat(")", 40):                      "security.digest.too_expensive",
			"pbkdf2_sha256(concat(password, pepper), 'salt', 1000000000, 16)":                         "security.digest.too_expensive",
			"md5(concat(pepper, " + strings.Repeat("hex(", 40) + "password" + strings.Repeat(")", 42): "security.digest.too_expensive",
		} {
			begin := time.Now()
			a := st.digestOf(t, "bomb", weak, map[string]any{"recipe": recipe, "pepper": recipePepper})
			wantError(t, recipe, a, 400, want)
			if took := time.Since(begin); took > answerWithin/2 || strings.Contains(string(a.raw), recipePepper) {
				t.Errorf("%s: refused after %v: %s", recipe, took, a.raw)
			}
		}
	})
}

// importEnds waits until an import has ended, and wants one user of it.
func (st *story) importEnds(t *testing.T, args map[string]any) {
	t.Helper()
	for late := time.Now().Add(answerWithin); ; time.Sleep(10 * time.Millisecond) {
		a := st.call(t, call{controller: "import", action: "get", args: args, token: st.kept["admin"]})
		if state := a.text("result.state"); state != "running" && state != "open" {
			if a.at("result.created") != 1.0 || strings.Contains(string(a.raw), recipePepper) {
				t.Errorf("the import: %.500s", a.raw)
			}
			return
		}
		if time.Now().After(late) {
			t.Fatalf("the import goes on: %.500s", a.raw)
		}
	}
}
