package digest

import (
	"context"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/crypt"
)

const (
	phpassText  = 34
	drupalText  = 55
	phpassSalt  = 8
	minPhpass   = 7
	phpassStart = 3 // "$P$"
)

// phpassKDF hashes salt and password, then the sum and the password 2^log times.
func phpassKDF(a algorithm, log int64, salt string, cut int) repeated {
	return repeated{
		algorithm: a, rounds: log, log: true, each: a.per, longest: maxRepeated,
		ceiling: func(most Ceilings) int64 { return most.PhpassRounds },
		bytes:   func(password, _ int) int { return a.size + password },
		sum: func(ctx context.Context, password []byte) []byte {
			sum := a.again(ctx, a.of([]byte(salt), password), password, 1<<log)
			if sum == nil {
				return nil
			}
			return []byte(crypt.Base64(sum)[:cut])
		},
	}
}

// readPortable reads a prefix of three characters, one for the rounds, eight of
// salt and those of the sum.
func readPortable(a algorithm, length int, each time.Duration, prefixes ...string) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		if prefixed(prefixes...)(text) == None {
			return nil, malformed(format, "it does not begin with %s", strings.Join(prefixes, " or "))
		}
		if len(text) != length {
			return nil, malformed(format, "it has %d characters, not %d", len(text), length)
		}
		body := text[phpassStart:]
		if !only(body, crypt64) {
			return nil, malformed(format, "a character is not of the alphabet ./0-9A-Za-z")
		}
		log := int64(strings.IndexByte(crypt64, body[0]))
		if log < minPhpass || log > hardPhpassRounds {
			return nil, malformed(format, "the rounds are 2^%d, 2^%d to 2^%d are possible", log, minPhpass, hardPhpassRounds)
		}
		sum := body[1+phpassSalt:]
		k := phpassKDF(a, log, body[1:1+phpassSalt], len(sum))
		k.each = each
		return &stored{ways: []kdf{k}, sum: []byte(sum), blank: blankEnd(text, sum, ".")}, nil
	}
}

var (
	readPhpass   = readPortable(md5Hash, phpassText, 150*time.Nanosecond, "$P$", "$H$")
	readClerkPHP = readPortable(md5Hash, phpassText, 150*time.Nanosecond, "$P$")
	readDrupal7  = readPortable(sha512Hash, drupalText, 400*time.Nanosecond, "$S$")
)

// readDrupal reads Drupal 7's digests, with a U in front if they were made from Drupal 6's
// MD5.
func readDrupal(format, text string) (*stored, error) {
	if strings.HasPrefix(text, "U") {
		return hashedFirst(hexMD5, after("U", readDrupal7))(format, text)
	}
	return readDrupal7(format, text)
}

func readMD5Phpass(format, text string) (*stored, error) {
	d, err := hashedFirst(hexMD5, readClerkPHP)(format, text)
	if d != nil {
		d.insecure = true
	}
	return d, err
}

// readWordPress reads all digests of WordPress: bcrypt over an HMAC since 6.8, phpass
// before, plain bcrypt by plugins, and MD5 at the very beginning.
func readWordPress(format, text string) (*stored, error) {
	switch {
	case strings.HasPrefix(text, "$wp"):
		return hashedFirst(wordpressHMAC, after("$wp", readBcrypt))(format, text)
	case isBcrypt(text):
		return readBcrypt(format, text)
	case isHex(text, 2*md5Hash.size):
		return readBare(md5Hash)(format, text)
	}
	return readPhpass(format, text)
}

func claimWordPress(text string) Claim {
	switch {
	case strings.HasPrefix(text, "$wp$"), strings.HasPrefix(text, "$H$"):
		return ByPrefix
	case isHex(text, 2*md5Hash.size):
		return ByShape
	case isBcrypt(text) && len(text) == bcryptText, strings.HasPrefix(text, "$P$"):
		return NeedsName
	}
	return None
}
