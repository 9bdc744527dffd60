package digest

import (
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/recipe"
	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

// described is a digest with its recipe, made by another implementation.
type described struct {
	Recipe, Note, Digest, Password string
	Values                         map[string]string
}

func describedDigests(t testing.TB) (all []described) {
	t.Helper()
	raw, err := os.ReadFile("testdata/recipes.json")
	if err == nil {
		err = json.Unmarshal(raw, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// TestRefusedRecipes: a recipe is refused before anything is computed, with its fault or the
// limit that it exceeds.
func TestRefusedRecipes(t *testing.T) {
	nest := func(begin, in string, times int, end string) string {
		return strings.Repeat(begin, times) + in + strings.Repeat(end, times)
	}
	for _, row := range []struct {
		name, recipe, reason string
	}{
		{"no function", "password", "begins with a function"},
		{"unknown function", "rot13(password)", "no function rot13"},
		{"an end that is missing", "md5(password", "character 13: a comma"},
		{"more after the end", "md5(password) + 1", "nothing may follow"},
		{"a text without end", "md5('secret)", "does not end"},
		{"arguments", "hmac_sha256(password)", "2 are needed: key, text"},
		{"a number as text", "md5(concat(password, 5))", "a number has no place here"},
		{"a text as number", "pbkdf2_sha256(password, salt, 'many', 32)", "iterations has to be a number"},
		{"the pepper as number", "pbkdf2_sha256(password, salt, pepper, 32)", "iterations has to be a number"},
		{"zero", "pbkdf2_sha256(password, salt, 0, 32)", "not a positive number"},
		{"no password", "md5(salt)", "password is missing"},
		{"no password in bcrypt", "bcrypt(salt)", "password is missing"},
		{"no hash", "hex(password)", "not hashed"},
		{"half a hash", "concat(hex(md5(password)), password)", "not hashed"},
		{"raw bytes for bcrypt", "bcrypt(sha256(password))", "raw bytes"},
		{"case of raw bytes", "md5(lower(md5(password)))", "for text"},
		{"a salt of the password", "pbkdf2_sha256(password, md5(password), 1000, 32)", "depends on the password"},
		{"decoding the password", "md5(unhex(password))", "depends on the password"},
		{"a short result", "pbkdf2_sha256(password, salt, 1000, 8)", "8 bytes, 16 to 512"},
		{"a long result", "pbkdf2_sha256(password, salt, 1, 4294967296)", "16 to 512"},
		{"scrypt's N", "scrypt(password, salt, 1000, 8, 1, 32)", "power of two"},
		{"argon2's memory", "argon2id(password, salt, 8, 1, 2, 32)", "8 KiB of memory"},
		{"bcrypt inside", "hex(md5(bcrypt(password)))", "only be the first function"},

		{"its length", "md5(concat(password, '" + strings.Repeat("x", 2000) + "'))", "at most 1024"},
		{"its length with blanks", "md5(concat(password" + strings.Repeat(",'123456'", 110) + "))", "at most 1024"},
		{"its depth", nest("hex(md5(", "password", 40, "))"), "more than 64 calls"},
		{"its parts", "md5(concat(" + strings.Repeat("salt,", 150) + "password))", "more than 128 parts"},
		{"bytes that double", nest("hex(", "md5(password)", 30, ")"), "the number of bytes hashed for the longest password is"},
		{"bytes of a value that double", "md5(concat(password, " + nest("hex(", "salt", 20, ")") + "))", "at most 262144"},
		{"joined bytes", "md5(concat(" + strings.Repeat("hex(hex(password)),", 24) + "password))", "at most 262144"},
		{"slow functions", nest("bcrypt(", "password", 30, ")"), "the number of slow functions is 30, at most 4"},
		{"slow functions with parameters", nest("hex(pbkdf2_sha256(", "password", 5, ", salt, 1, 32))"), "slow functions is 5, at most 4"},
		{"iterations", "pbkdf2_sha256(password, salt, 5000001, 32)", "iterations is 5000001, at most 5000000"},
		{"more iterations than numbers", "pbkdf2_sha256(password, salt, 99999999999999999999999, 32)", "iterations is"},
		{"iterations times blocks", "pbkdf2_sha256(password, salt, 500000, 512)", "iterations times blocks of output is 8000000"},
		{"iterations in all", "pbkdf2_sha256(pbkdf2_sha256(password, salt, 3000000, 32), salt, 3000000, 32)", "iterations is 6000000, at most 5000000"},
		{"scrypt's memory", "scrypt(password, salt, 1048576, 8, 4, 32)", "memory in bytes"},
		{"scrypt in all", "scrypt(scrypt(password, salt, 131072, 8, 1, 32), salt, 262144, 8, 1, 32)", "memory in bytes"},
		{"argon2's memory in KiB", "argon2id(password, salt, 4194304, 1, 1, 32)", "memory in KiB is 4194304"},
		{"argon2's passes", "argon2id(password, salt, 64, 17, 1, 32)", "passes is 17, at most 16"},
		{"its time in all", "argon2id(pbkdf2_sha512(password, salt, 4000000, 64), salt, 262144, 12, 1, 32)", "its time in milliseconds is"},
		{"bcrypt of something slow", "bcrypt(hex(scrypt(password, salt, 1048576, 8, 4, 32)))", "memory in bytes"},
	} {
		r, err := ParseRecipe(row.recipe)
		if err == nil {
			err = r.Check(Ceilings{})
		}
		failure, ok := fault.From(err)
		if !ok || failure.Kind != ErrRecipe && failure.Kind != ErrTooExpensive {
			t.Errorf("%s: %v", row.name, err)
			continue
		}
		if text := failure.Message(); !strings.Contains(text, row.reason) || strings.Contains(text, "secret") {
			t.Errorf("%s: %q, want %q", row.name, text, row.reason)
		}
		if _, text, err := Described(row.recipe, "00112233445566778899aabbccddeeff", map[string]string{}); err == nil {
			if _, err := Parse(RecipeName, text, Ceilings{}); err == nil {
				t.Errorf("%s: read as a digest", row.name)
			}
		}
	}
}

// TestRefusedValues: values have to be there, be bounded and fit, and the digest has to fit
// the recipe. No error contains a value or the digest.
func TestRefusedValues(t *testing.T) {
	const hexed = "00112233445566778899aabbccddeeff"
	for name, row := range map[string]struct {
		recipe, digest string
		values         map[string]string
	}{
		"none":               {"md5(concat(salt, password))", hexed, nil},
		"empty":              {"md5(concat(salt, password))", hexed, map[string]string{"salt": ""}},
		"without a place":    {"md5(password)", hexed, map[string]string{"hush": "hush"}},
		"long":               {"md5(concat(salt, password))", hexed, map[string]string{"salt": strings.Repeat("hush", 400)}},
		"long together":      {"md5(concat(a, b, c, password))", hexed, map[string]string{"a": strings.Repeat("hush", 200), "b": strings.Repeat("hush", 200), "c": strings.Repeat("hush", 200)}},
		"no text":            {"md5(concat(salt, password))", hexed, map[string]string{"salt": "hush\xff"}},
		"not hexadecimal":    {"md5(concat(unhex(salt), password))", hexed, map[string]string{"salt": "hush"}},
		"not a number":       {"pbkdf2_md5(password, 'salt', rounds, 16)", hexed, map[string]string{"rounds": "hush"}},
		"too many":           {"pbkdf2_md5(password, 'salt', rounds, 16)", hexed, map[string]string{"rounds": "99999999999"}},
		"another size":       {"sha1(password)", hexed, nil},
		"not bcrypt":         {"bcrypt(password)", hexed, nil},
		"bcrypt's cost":      {"bcrypt(hex(md5(password)))", "$2b$31$" + strings.Repeat("a", 53), nil},
		"not argon2":         {"argon2(password)", "$2b$10$" + strings.Repeat("a", 53), nil},
		"not argon2id":       {"argon2id(password)", "$argon2i$v=19$m=512,t=2,p=1$MTIzNDU2Nzg$MTIzNDU2Nzg5MDEyMzQ1Ng", nil},
		"a recipe inside":    {"recognised(password)", `{"recipe":"md5(password)","digest":"` + hexed + `"}`, nil},
		"verified elsewhere": {"recognised(password)", "awscognito#eu-west-1_AbCd#client#hush", nil},
		"ambiguous":          {"recognised(hex(sha1(password)))", hexed, nil},
		"grows":              {"recognised(concat(password, 'x'))", "$6$rounds=1000$saltsalt$" + strings.Repeat("a", 86), nil},
	} {
		as, text, err := Described(row.recipe, row.digest, row.values)
		if err == nil {
			_, err = Parse(as, text, Ceilings{})
		}
		failure, ok := fault.From(err)
		if !ok {
			t.Errorf("%s: %v", name, err)
		} else if said := failure.Message(); strings.Contains(said, row.digest) || strings.Contains(said, "hush") && name != "without a place" {
			t.Errorf("%s: the message is %q", name, said)
		}
	}
}

// TestRecipesAreOneText: a digest with a recipe has one spelling, so that a second import
// changes nothing. Its description has neither a value nor a text in quotes.
func TestRecipesAreOneText(t *testing.T) {
	const digest = "00112233445566778899aabbccddeeff"
	values := map[string]string{"pepper": "hush <&> é", "salt": "s4lt"}
	_, one, err := Described(" MD5( concat(password,'hush', salt,pepper ) ) ", digest+"\n", values)
	if err != nil {
		t.Fatal(err)
	}
	_, two, err := Described("md5(concat(password, 'hush', salt, pepper))", digest, values)
	if err != nil || one != two {
		t.Errorf("%s and %s, %v", one, two, err)
	}
	d, err := Guess(one, Ceilings{})
	if err != nil {
		t.Fatal(err)
	}
	shown, _ := json.Marshal(d.Describe())
	if got := d.Describe(); got.Hasher != RecipeName || got.Strength != Weak || !got.Keyed || strings.Contains(string(shown), "hush") || strings.Contains(Class(d), "hush") {
		t.Errorf("shown as %s, class %s", shown, Class(d))
	}
	if !Likely(one) || !Certain(one) {
		t.Error("as a password it would be taken for one")
	}
	if report, _ := json.Marshal(Examine(one, Ceilings{})); strings.Contains(string(report), "hush") || strings.Contains(string(report), "s4lt") {
		t.Errorf("examined as %s", report)
	}
	for _, other := range []string{strings.Replace(one, `"recipe":"md5(`, `"recipe":"md5( `, 1), one + " ", strings.Replace(one, `"values"`, `"VALUES"`, 1), strings.Replace(one, `,"salt":"s4lt"`, "", 1)} {
		if _, err := Parse(RecipeName, other, Ceilings{}); err == nil || other == one {
			t.Errorf("%s is read", other)
		}
	}
}

// TestExactRecipes: a password that only resembles the right one does not renew the digest.
func TestExactRecipes(t *testing.T) {
	long := strings.Repeat("x", 72)
	bcrypted := "$2b$04$" + strings.Repeat("a", 53)
	for _, row := range []struct {
		recipe, digest, password string
		exact                    bool
	}{
		{"bcrypt(concat(password, pepper))", bcrypted, long, false},
		{"bcrypt(concat(password, pepper))", bcrypted, long[1:], true},
		{"bcrypt(concat(pepper, password))", bcrypted, long[6:], false},
		{"bcrypt(concat(pepper, password))", bcrypted, long[7:], true},
		{"bcrypt(hex(md5(password)))", bcrypted, long, true},
		{"bcrypt(base64(password))", bcrypted, long[:54], false},
		{"md5(concat(lower(password), pepper))", strings.Repeat("0", 32), "x", false},
		{"md5(concat(password, lower(pepper)))", strings.Repeat("0", 32), "x", true},
		{"md5(lower(hex(md5(concat(password, pepper)))))", strings.Repeat("0", 32), "x", true},
	} {
		values := map[string]string{}
		if strings.Contains(row.recipe, "pepper") {
			values["pepper"] = "PEPPER"
		}
		as, text, err := Described(row.recipe, row.digest, values)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(as, text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		if got := Exact(d, row.password); got != row.exact {
			t.Errorf("%s: a password of %d bytes is exact: %v", row.recipe, len(row.password), got)
		}
	}
}

// TestZerosAfterPasswords: HMAC ignores zeros at the end of its key, so they are refused
// where the password is the key, and nowhere else.
func TestZerosAfterPasswords(t *testing.T) {
	for recipe, digest := range map[string]string{
		"hmac_md5(password, 'x')":                       "00000000000000000000000000000000",
		"pbkdf2_md5(concat('a', password), 'x', 1, 16)": "00000000000000000000000000000000",
		"hmac_md5(utf16le(password), 'x')":              "00000000000000000000000000000000",
		"md5(password)":                                 "00000000000000000000000000000000",
	} {
		as, text, err := Described(recipe, digest, nil)
		if err != nil {
			t.Fatal(err)
		}
		d, err := Parse(as, text, Ceilings{})
		if err != nil {
			t.Fatal(err)
		}
		k := d.(*stored).ways[0]
		plain, zeros := k.derive(t.Context(), []byte("p"), 16), k.derive(t.Context(), []byte("p\x00"), 16)
		if ignores := strings.Contains(recipe, "hmac") || strings.Contains(recipe, "pbkdf2"); len(plain) != 16 || (zeros == nil) != ignores {
			t.Errorf("%s: %x with zeros %x", recipe, plain, zeros)
		}
	}
}

// TestPresets: each preset is a recipe within the ceilings, or a format that is known.
func TestPresets(t *testing.T) {
	tried := map[string]bool{}
	for _, v := range describedDigests(t) {
		tried[v.Recipe] = true
	}
	for _, p := range recipe.Presets() {
		if p.Recipe == "" {
			if _, known := Lookup(p.Hasher); p.Hasher != "" && !known {
				t.Errorf("%s is of the format %s", p.Name, p.Hasher)
			}
			continue
		}
		r, err := ParseRecipe(p.Recipe)
		if err == nil {
			err = r.Check(Ceilings{})
		}
		if err != nil || !tried[p.Name] {
			t.Errorf("%s: %v; a digest of it is tried: %v", p.Name, err, tried[p.Name])
		}
	}
}
