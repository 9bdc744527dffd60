package values

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Auth0Hash is a digest as Auth0's bulk import takes it, with its parameters beside it.
type Auth0Hash struct {
	Algorithm string
	Hash      struct {
		encoded
		Digest string
		Key    encoded
	}
	Salt struct {
		encoded
		Position string
	}
	Password struct{ Encoding string }
	Length   int `json:"keylen"`
	Cost     uint64
	Block    int `json:"blockSize"`
	Parallel int `json:"parallelization"`
}

// encoded is a value in base64, hex or as it is.
type encoded struct{ Value, Encoding string }

func (e encoded) bytes() (plain []byte, err error) {
	switch e.Encoding {
	case "base64":
		return base64.RawStdEncoding.DecodeString(strings.TrimRight(e.Value, "="))
	case "hex":
		return hex.DecodeString(e.Value)
	}
	return []byte(e.Value), nil
}

// Digest returns a digest in one of our formats, and the format's name unless the digest
// shows it. A reason tells why there is none.
func (h Auth0Hash) Digest() (digest, format, reason string) {
	if encoding := h.Password.Encoding; encoding != "" && encoding != "utf8" && encoding != "ascii" {
		return "", "", "the password is hashed in the encoding " + encoding + ", which is not supported"
	}
	if slices.Contains([]string{"argon2", "bcrypt", "pbkdf2", "ldap"}, h.Algorithm) {
		return h.Hash.Value, "", ""
	}
	if h.Hash.Encoding == "" {
		h.Hash.Encoding = "hex"
	}
	sum, err := h.Hash.bytes()
	salt, wrong := h.Salt.bytes()
	key, broken := h.Hash.Key.bytes()
	if err != nil || wrong != nil || broken != nil || len(sum) == 0 {
		return "", "", "the hash, its salt or its key is not in the encoding that it names"
	}
	std, raw := base64.StdEncoding.EncodeToString, base64.RawStdEncoding.EncodeToString
	before := h.Salt.Position != "suffix"
	switch {
	case h.Algorithm == "hmac" && len(salt) == 0 && !plainText(key):
		return fmt.Sprintf("$hmac-%s$%s$%s", h.Hash.Digest, std(hex.AppendEncode(nil, sum)), std(key)), "kratos", ""
	case h.Algorithm == "hmac" && len(salt) == 0:
		return fmt.Sprintf("%s$%s$%x", h.Hash.Digest, key, sum), "werkzeug_hmac", ""
	case h.Algorithm == "scrypt" && h.Cost&(h.Cost-1) == 0:
		cost := max(h.Cost, 1)
		if h.Cost == 0 {
			cost = 16384
		}
		return fmt.Sprintf("$scrypt$ln=%d,r=%d,p=%d$%s$%s", bits.Len64(cost)-1, or(h.Block, 8), or(h.Parallel, 1), raw(salt), raw(sum)), "scrypt_phc", ""
	case len(salt) == 0 && (h.Algorithm == "md5" || h.Algorithm == "sha256"):
		return hex.EncodeToString(sum), h.Algorithm, ""
	case len(salt) == 0 && h.Algorithm == "sha1":
		return "{SHA}" + std(sum), "ldap_sha", ""
	case len(salt) == 0 && h.Algorithm == "sha512":
		return "{SHA512}" + std(sum), "ldap", ""
	case before && utf8.Valid(salt) && (h.Algorithm == "md5" || h.Algorithm == "sha256"):
		return fmt.Sprintf("%s$%x", salt, sum), h.Algorithm + "_salted", ""
	case before && plainText(salt) && h.Algorithm == "sha1":
		return fmt.Sprintf("sha1$%s$%x", salt, sum), "django", ""
	case !before && saltAfter[h.Algorithm] != "":
		return saltAfter[h.Algorithm] + std(append(sum, salt...)), "", ""
	}
	if before && saltAfter[h.Algorithm] != "" {
		return fmt.Sprintf("$%s$pf=%s$%s$%s", h.Algorithm, std([]byte("{SALT}{PASSWORD}")), std(salt), std(sum)), "kratos", ""
	}
	return "", "", "digests by " + h.Algorithm + " with such a salt or cost are not supported"
}

// plainText reports whether a salt or a key may stand as it is in a digest, which is text with its
// parts between dollar signs.
func plainText(salt []byte) bool { return utf8.Valid(salt) && !bytes.Contains(salt, []byte("$")) }

// saltAfter are the schemes of LDAP for hashes of the password followed by the salt.
var saltAfter = map[string]string{"md5": "{SMD5}", "sha1": "{SSHA}", "sha256": "{SSHA256}", "sha512": "{SSHA512}"}

func or(n, otherwise int) int {
	if n == 0 {
		return otherwise
	}
	return n
}

// Auth0Members returns a user with the names of members that Auth0's API uses. The
// import/export extension writes labels instead, such as "Email Verified".
func Auth0Members(raw []byte) []byte {
	var all map[string]json.RawMessage
	if json.Unmarshal(raw, &all) != nil || all["Id"] == nil {
		return raw
	}
	named := map[string]json.RawMessage{}
	for label, value := range all {
		name := strings.ReplaceAll(strings.ToLower(label), " ", "_")
		if name == "id" {
			name = "user_id"
		}
		named[name] = value
	}
	text, err := json.Marshal(named)
	if err != nil {
		return raw
	}
	return text
}
