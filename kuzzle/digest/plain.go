package digest

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

var md5Hash = algorithm{"md5", md5.New, md5.Size, 150 * time.Nanosecond, md5.BlockSize, intoMD5}

// quick is a function of negligible cost.
type quick struct {
	name string
	sum  func(password []byte) []byte
}

func (k quick) derive(_ context.Context, password []byte, _ int) []byte { return k.sum(password) }
func (quick) bounds(Ceilings) []bound                                   { return nil }
func (k quick) shown() map[string]any                                   { return map[string]any{"hash": k.name} }
func (quick) cost() Cost                                                { return Cost{} }
func (quick) effort() time.Duration                                     { return time.Microsecond }
func (quick) recommended() time.Duration                                { return strongWithoutSuch }

// bare is H(before, password, after), with an optional salt before or after.
func (a algorithm) bare(before, after []byte) quick {
	return quick{a.name, func(password []byte) []byte { return a.of(before, password, after) }}
}

// keyed is HMAC(key, password).
func (a algorithm) keyed(key []byte) quick {
	return quick{"hmac-" + a.name, func(password []byte) []byte {
		mac := hmac.New(a.new, key)
		mac.Write(password)
		return mac.Sum(nil)
	}}
}

func plainDigest(sum []byte, blank func() string, ways ...kdf) *stored {
	return &stored{ways: ways, sum: sum, insecure: true, blank: blank}
}

// readBare reads a hash in hexadecimal and nothing else.
func readBare(a algorithm) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		sum, err := unhex(format, "it", text, a.size, a.size)
		return plainDigest(sum, blankEnd(text, text, "0"), a.bare(nil, nil)), err
	}
}

func claimBare(a algorithm) func(string) Claim {
	return func(text string) Claim {
		if isHex(text, 2*a.size) {
			return ByShape
		}
		return None
	}
}

// readSalted reads salt$hex; the salt may contain $ itself. The text does not show whether
// the salt is hashed before or after the password, so both match.
func readSalted(a algorithm) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		at := strings.LastIndexByte(text, '$')
		if at < 1 || at > maxSalt {
			return nil, malformed(format, "a salt of 1 to %d bytes, $ and a hash are needed", maxSalt)
		}
		salt, digits := []byte(text[:at]), text[at+1:]
		sum, err := unhex(format, "the hash", digits, a.size, a.size)
		return plainDigest(sum, blankEnd(text, digits, "0"), a.bare(salt, nil), a.bare(nil, salt)), err
	}
}

// claimSalted takes the part before the only $ for the salt, unless it is the name of an
// algorithm.
func claimSalted(a algorithm) func(string) Claim {
	return func(text string) Claim {
		at := strings.LastIndexByte(text, '$')
		switch {
		case at < 1 || !isHex(text[at+1:], 2*a.size):
			return None
		case strings.IndexByte(text, '$') < at || namesAlgorithm(text[:at]):
			return NeedsName
		}
		return ByShape
	}
}

// algorithmWords are beginnings of algorithms' names.
var algorithmWords = []string{"md4", "md5", "sha", "ssha", "hmac", "crypt", "bcrypt", "pbkdf", "scrypt", "argon", "ripemd", "blake", "whirlpool", "plain"}

func namesAlgorithm(word string) bool {
	word = strings.ToLower(strings.TrimLeft(word, "{$_"))
	return slices.ContainsFunc(algorithmWords, func(begin string) bool { return strings.HasPrefix(word, begin) })
}

// readColon reads hex:salt. Joomla hashes the salt after the password, Magento before it,
// the latter perhaps with :0 or :1 at the end, and vBulletin after the password's own hash.
// The text does not show which, so all match.
func readColon(format, text string) (*stored, error) {
	if d, is, err := readMagento(format, text); is {
		return d, err
	}
	digits, salt, ok := strings.Cut(text, ":")
	salt = strings.TrimSuffix(strings.TrimSuffix(salt, ":0"), ":1")
	a := md5Hash
	if len(digits) == 2*sha256Hash.size {
		a = sha256Hash
	}
	if !ok || salt == "" || len(salt) > maxSalt || strings.ContainsAny(salt, "\r\n") {
		return nil, malformed(format, "a hash, a colon and a salt of 1 to %d bytes are needed", maxSalt)
	}
	sum, err := unhex(format, "the hash", digits, a.size, a.size)
	twice := quick{a.name, func(password []byte) []byte { return a.of(hex.AppendEncode(nil, a.of(password)), []byte(salt)) }}
	return plainDigest(sum, blankAt(text, 0, len(digits), "0"), a.bare([]byte(salt), nil), a.bare(nil, []byte(salt)), twice), err
}

func claimColon(text string) Claim {
	digits, salt, ok := strings.Cut(text, ":")
	if ok && salt != "" && len(salt) < 80 && (isHex(digits, 2*md5Hash.size) || isHex(digits, 2*sha256Hash.size)) {
		return ByShape
	}
	return None
}

// readSaltFirst reads prefix, salt, $ and the hash of salt and password in
// hexadecimal, as Django writes it.
func readSaltFirst(prefix string, a algorithm) func(format, text string) (*stored, error) {
	return after(prefix, func(format, text string) (*stored, error) {
		parts, err := fields(format, text, "$", 2)
		if err != nil {
			return nil, err
		}
		sum, err := unhex(format, "the hash", parts[1], a.size, a.size)
		return plainDigest(sum, blankEnd(text, parts[1], "0"), a.bare([]byte(parts[0]), nil)), err
	})
}

// readSymfony reads sha512_symfony$rounds$salt$base64.
func readSymfony(format, text string) (*stored, error) {
	rest, ok := strings.CutPrefix(text, "sha512_symfony$")
	if !ok {
		return nil, malformed(format, "it does not begin with sha512_symfony$")
	}
	parts, err := fields(format, rest, "$", 3)
	if err != nil {
		return nil, err
	}
	rounds, err := number(format, "the number of rounds", parts[0])
	if err != nil {
		return nil, err
	}
	sum, err := unbase64(format, "the hash", parts[2], std64, sha512Hash.size, sha512Hash.size)
	if err != nil {
		return nil, err
	}
	salted := parts[1] != ""
	k := repeated{
		algorithm: sha512Hash, rounds: rounds, each: 400 * time.Nanosecond, longest: maxRepeated, salt: []byte(parts[1]),
		ceiling: func(most Ceilings) int64 { return most.Iterations },
		least:   64, // the salt that ceilings assume
		bytes: func(password, salt int) int {
			if salted {
				salt += len("{}")
			}
			return sha512Hash.size + password + salt
		},
		sum: func(ctx context.Context, password []byte) []byte { return symfony(ctx, password, parts[1], rounds) },
	}
	return plainDigest(sum, blankEnd(text, parts[2], "A"), k), nil
}

func symfony(ctx context.Context, password []byte, salt string, rounds int64) []byte {
	salted := append([]byte{}, password...)
	if salt != "" {
		salted = append(append(append(salted, '{'), salt...), '}')
	}
	return sha512Hash.again(ctx, sha512Hash.of(salted), salted, rounds-1)
}
