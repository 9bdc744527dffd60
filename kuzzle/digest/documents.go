package digest

import (
	"bytes"
	"encoding/json"
	"maps"
	"strconv"
	"strings"
)

// document reads a digest that is a JSON object. It ignores fields that the format does not
// know.
func document(format, text string, into any) error {
	if json.Unmarshal([]byte(text), into) != nil {
		return malformed(format, "it is not a JSON object of that form and nothing else")
	}
	return nil
}

// blankDocument writes a document with another value at a path.
func blankDocument(text, value string, path ...string) func() string {
	return func() string {
		var fields map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &fields) != nil {
			return ""
		}
		put := value
		if len(path) > 1 { // an object that is kept as text
			var inner string
			_ = json.Unmarshal(fields[path[0]], &inner)
			put = blankDocument(inner, value, path[1:]...)()
		}
		// A member may be spelled in another case, and then it has the value.
		maps.DeleteFunc(fields, func(name string, _ json.RawMessage) bool { return strings.EqualFold(name, path[0]) })
		fields[path[0]], _ = json.Marshal(put)
		out, _ := json.Marshal(fields)
		return string(out)
	}
}

// documents are the characters that a document begins with, which may have white space in front.
const documents = "{ \t\r\n"

// claimDocument looks for the keys first, since {SCHEME} begins with the same character.
func claimDocument(keys ...string) func(string) Claim {
	const space = " \t\r\n"
	return func(text string) Claim {
		inside, is := strings.CutPrefix(strings.TrimLeft(text, space), "{")
		if !is || len(text) > MaxText || !strings.HasPrefix(strings.TrimLeft(inside, space), `"`) {
			return None
		}
		for _, key := range keys {
			if !strings.Contains(inside, key) {
				return None
			}
		}
		var fields map[string]json.RawMessage
		if json.Unmarshal([]byte(text), &fields) != nil {
			return None
		}
		for _, key := range keys {
			if _, ok := fields[key]; !ok {
				return None
			}
		}
		return ByPrefix
	}
}

// readKeycloak reads {"credentialData", "secretData"}, both of which are JSON in
// text.
func readKeycloak(format, text string) (*stored, error) {
	var outer struct{ CredentialData, SecretData string }
	if err := document(format, text, &outer); err != nil {
		return nil, err
	}
	var how struct {
		HashIterations       int64
		Algorithm            string
		AdditionalParameters map[string][]string
	}
	var what struct{ Value, Salt string }
	if err := document(format, outer.CredentialData, &how); err != nil {
		return nil, err
	}
	if err := document(format, outer.SecretData, &what); err != nil {
		return nil, err
	}
	if how.Algorithm == "bcrypt" {
		d, err := readBcrypt(format, what.Value)
		if err == nil {
			d.blank = blankDocument(text, d.blank(), "secretData", "value")
		}
		return d, err
	}
	if how.HashIterations < 1 {
		return nil, malformed(format, "hashIterations is not a positive number")
	}
	least := minSum
	if how.Algorithm == "argon2" {
		least = minArgon2Sum
	}
	sum, err := unbase64(format, "value", what.Value, std64, least, 512)
	if err != nil {
		return nil, err
	}
	salt, err := unbase64(format, "salt", what.Salt, std64, 1, maxSalt)
	if err != nil {
		return nil, err
	}
	blank := blankDocument(text, std64.EncodeToString(make([]byte, len(sum))), "secretData", "value")
	if how.Algorithm == "argon2" {
		k := argon2KDF{passes: how.HashIterations, salt: salt}
		return k.keycloak(format, how.AdditionalParameters, sum, blank)
	}
	prf, known := map[string]algorithm{"": sha1Hash, "pbkdf2": sha1Hash, "pbkdf2-sha1": sha1Hash, "pbkdf2-sha256": sha256Hash, "pbkdf2-sha512": sha512Hash}[how.Algorithm]
	if !known {
		return nil, malformed(format, "its algorithm is not supported")
	}
	return pbkdf2Digest(prf, how.HashIterations, salt, sum, blank), nil
}

// keycloak adds the parameters that Keycloak keeps in lists of one text.
func (k argon2KDF) keycloak(format string, more map[string][]string, sum []byte, blank func() string) (*stored, error) {
	one := func(name string) string {
		if list := more[name]; len(list) == 1 {
			return list[0]
		}
		return ""
	}
	k.kind = one("type")
	if k.kind != "i" && k.kind != "id" || one("version") != "1.3" {
		return nil, malformed(format, "it is not argon2i or argon2id of version 1.3")
	}
	var err error
	if k.memory, err = number(format, "memory", one("memory")); err != nil {
		return nil, err
	}
	if k.lanes, err = number(format, "parallelism", one("parallelism")); err != nil {
		return nil, err
	}
	if size := one("hashLength"); size != "" && size != strconv.Itoa(len(sum)) {
		return nil, malformed(format, "hashLength is not that of value")
	}
	if err := sized(format, "salt", len(k.salt), minArgon2Salt, maxArgon2Salt); err != nil {
		return nil, err
	}
	return &stored{ways: []kdf{k}, sum: sum, blank: blank}, k.check(format)
}

// readOkta reads the hash object of Okta's user import.
func readOkta(format, text string) (*stored, error) {
	var d struct {
		Algorithm, Salt, SaltOrder, Value, DigestAlgorithm string
		WorkFactor, IterationCount, KeySize                int64
	}
	if err := document(format, text, &d); err != nil {
		return nil, err
	}
	switch d.Algorithm {
	case "BCRYPT":
		if d.WorkFactor < 4 || d.WorkFactor > hardBcryptCost || len(d.Salt) != bcryptSalt {
			return nil, malformed(format, "workFactor is not between 4 and %d, or salt has not %d characters", hardBcryptCost, bcryptSalt)
		}
		made, err := readBcrypt(format, "$2b$"+twoDigits(d.WorkFactor)+"$"+d.Salt+d.Value)
		if made != nil {
			made.blank = blankDocument(text, strings.Repeat(".", bcryptHash), "value")
		}
		return made, err
	case "PBKDF2":
		prf, known := map[string]algorithm{"SHA256_HMAC": sha256Hash, "SHA512_HMAC": sha512Hash}[d.DigestAlgorithm]
		if !known || d.IterationCount < 1 {
			return nil, malformed(format, "digestAlgorithm is not supported or iterationCount not positive")
		}
		sum, salt, err := oktaBytes(format, d.Value, d.Salt, minSum, maxSum)
		if err == nil && int64(len(sum)) != d.KeySize {
			err = malformed(format, "keySize is not that of value")
		}
		if err != nil {
			return nil, err
		}
		return pbkdf2Digest(prf, d.IterationCount, salt, sum, blankDocument(text, std64.EncodeToString(make([]byte, len(sum))), "value")), nil
	}
	a, known := map[string]algorithm{"SHA-512": sha512Hash, "SHA-256": sha256Hash, "SHA-1": sha1Hash, "MD5": md5Hash}[d.Algorithm]
	if !known {
		return nil, malformed(format, "its algorithm is not supported")
	}
	sum, salt, err := oktaBytes(format, d.Value, d.Salt, a.size, a.size)
	if err != nil {
		return nil, err
	}
	way := a.bare(salt, nil)
	switch {
	case d.SaltOrder == "POSTFIX":
		way = a.bare(nil, salt)
	case d.SaltOrder != "PREFIX" && (d.SaltOrder != "" || len(salt) > 0):
		return nil, malformed(format, "saltOrder is neither PREFIX nor POSTFIX")
	}
	return plainDigest(sum, blankDocument(text, std64.EncodeToString(make([]byte, len(sum))), "value"), way), nil
}

func oktaBytes(format, value, salt string, least, most int) (sum, salted []byte, err error) {
	if sum, err = unbase64(format, "value", value, std64, least, most); err != nil {
		return nil, nil, err
	}
	salted, err = unbase64(format, "salt", salt, std64, 0, maxSalt)
	return sum, salted, err
}

func twoDigits(n int64) string { return string([]byte{'0' + byte(n/10), '0' + byte(n%10)}) }

// kuzzleIterations is the fixed number of iterations in Kuzzle's local plugin.
const kuzzleIterations = 10_000

// kuzzleLocal is a credential document of Kuzzle's plugin. Missing fields of old documents
// have the plugin's defaults.
type kuzzleLocal struct {
	Algorithm    string
	Stretching   *bool
	Encryption   string
	Digest       string
	UserSalt     *string
	UserPassword string
}

// kuzzleHash finds the algorithm by any of OpenSSL's names for it, with the plugin's size of
// the derived key, which differs from the hash's size.
func kuzzleHash(name string) (a algorithm, size int, known bool) {
	name = strings.TrimPrefix(strings.TrimSuffix(strings.ToLower(name), "withrsaencryption"), "rsa-")
	if a, known = byHash(name); !known {
		return a, 0, false
	}
	if a.name == sha1Hash.name {
		return a, 40, true
	}
	return a, 8 * a.size, true
}

func readKuzzle(format, text string) (*stored, error) {
	doc := kuzzleLocal{Algorithm: "sha512", Encryption: "hmac", Digest: "hex"}
	if err := document(format, text, &doc); err != nil {
		return nil, err
	}
	a, size, known := kuzzleHash(doc.Algorithm)
	switch {
	case !known:
		return nil, malformed(format, "its algorithm is not supported")
	case doc.UserSalt == nil || doc.UserPassword == "":
		return nil, malformed(format, "userSalt or userPassword is missing")
	case len(*doc.UserSalt) > maxSalt:
		return nil, malformed(format, "userSalt has more than %d bytes", maxSalt)
	}
	salt := []byte(*doc.UserSalt)
	var d *stored
	switch stretched := doc.Stretching == nil || *doc.Stretching; {
	case doc.Encryption != "hmac" && doc.Encryption != "hash":
		return nil, malformed(format, "its encryption is neither hmac nor hash")
	case stretched:
		d = &stored{ways: []kdf{pbkdf2KDF{prf: a, iterations: kuzzleIterations, salt: salt, size: size}}}
	case doc.Encryption == "hmac":
		d, size = plainDigest(nil, nil, a.keyed(salt)), a.size
	case len(salt) == 0:
		d, size = plainDigest(nil, nil, a.bare(nil, nil)), a.size
	default:
		d, size = plainDigest(nil, nil, a.bare(append(salt[:len(salt):len(salt)], ':'), nil)), a.size
	}
	return d, d.kuzzleSum(format, text, doc, size)
}

// kuzzleSum reads the sum in the encoding of Node.js that the document names.
func (d *stored) kuzzleSum(format, text string, doc kuzzleLocal, size int) (err error) {
	var zero string
	switch doc.Digest {
	case "hex":
		d.sum, err = unhex(format, "userPassword", doc.UserPassword, 1, size)
		zero = strings.Repeat("0", 2*len(d.sum))
	case "base64":
		d.sum, err = unbase64(format, "userPassword", doc.UserPassword, std64, 1, size)
		zero = std64.EncodeToString(make([]byte, len(d.sum)))
	case "base64url":
		d.sum, err = unbase64(format, "userPassword", doc.UserPassword, any64, 1, size)
		zero = raw64.EncodeToString(make([]byte, len(d.sum)))
	default:
		return malformed(format, "its digest is none of hex, base64 and base64url")
	}
	d.blank = blankDocument(text, zero, "userPassword")
	if len(d.sum) != size {
		// The plugin compares the whole text, so this matches no password.
		d.ways = []kdf{quick{"none", func([]byte) []byte { return nil }}}
		d.sum = bytes.Repeat([]byte{0}, size)
	}
	return err
}
