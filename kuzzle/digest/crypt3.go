package digest

import (
	"context"
	"strings"
	"time"

	"github.com/go-crypt/x/yescrypt"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/crypt"
)

const (
	maxMD5CryptSalt = 8
	maxSHACryptSalt = 16
	md5CryptSum     = 22 // characters

	shaCryptRounds    = 5000 // where the digest names none
	minSHACryptRounds = 1000
)

// cryptSalt checks a salt of crypt(3): it may not have characters that end a field of
// /etc/shadow or of the digest.
func cryptSalt(format, salt string, most int) error {
	if len(salt) > most || strings.ContainsAny(salt, "$:\n\r\x00") {
		return malformed(format, "the salt has more than %d characters, or one that no salt may have", most)
	}
	return nil
}

// readMD5Crypt reads $1$salt$sum and Apache's $apr1$salt$sum.
func readMD5Crypt(magic string) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		rest, ok := strings.CutPrefix(text, magic)
		if !ok {
			return nil, malformed(format, "it does not begin with %s", magic)
		}
		parts, err := fields(format, rest, "$", 2)
		if err != nil {
			return nil, err
		}
		if err := cryptSalt(format, parts[0], maxMD5CryptSalt); err != nil {
			return nil, err
		}
		if err := cryptSum(format, parts[1], md5CryptSum); err != nil {
			return nil, err
		}
		k := cryptKDF(md5Hash, crypt.MD5Rounds, 250*time.Nanosecond, parts[0])
		k.sum = func(ctx context.Context, password []byte) []byte {
			return crypt.MD5(ctx, md5Hash.crypt(), magic, password, []byte(parts[0]))
		}
		return &stored{ways: []kdf{k}, sum: []byte(parts[1]), blank: blankEnd(text, parts[1], ".")}, nil
	}
}

func (a algorithm) crypt() crypt.Hash { return crypt.Hash{Size: a.size, Of: a.of, Sum: a.sum} }

func cryptSum(format, sum string, length int) error {
	if len(sum) != length || !only(sum, crypt64) {
		return malformed(format, "the hash is not of %d characters ./0-9A-Za-z", length)
	}
	return nil
}

// cryptKDF is the common part of MD5-crypt and SHA-crypt. Their longest rounds hash the
// password twice, with the salt and the last sum.
func cryptKDF(a algorithm, rounds int64, each time.Duration, salt string) repeated {
	return repeated{
		algorithm: a, rounds: rounds, each: each, longest: maxCryptPassword, salt: []byte(salt),
		ceiling: func(most Ceilings) int64 { return most.CryptRounds },
		least:   maxSHACryptSalt,
		bytes:   func(password, salt int) int { return 2*password + a.size + salt },
	}
}

// readSHACrypt reads $5$ or $6$, perhaps rounds=N$, salt$sum.
func readSHACrypt(prefix string, a algorithm) func(format, text string) (*stored, error) {
	length := (a.size*8 + 5) / 6
	return func(format, text string) (*stored, error) {
		rest, ok := strings.CutPrefix(text, prefix)
		if !ok {
			return nil, malformed(format, "it does not begin with %s", prefix)
		}
		rounds := int64(shaCryptRounds)
		if given, ok := strings.CutPrefix(rest, "rounds="); ok {
			digits, after, _ := strings.Cut(given, "$")
			var err error
			if rounds, err = number(format, "rounds", digits); err != nil {
				return nil, err
			}
			rest = after
		}
		if rounds < minSHACryptRounds {
			return nil, malformed(format, "it has %d rounds, at least %d are possible", rounds, minSHACryptRounds)
		}
		parts, err := fields(format, rest, "$", 2)
		if err != nil {
			return nil, err
		}
		if err := cryptSalt(format, parts[0], maxSHACryptSalt); err != nil {
			return nil, err
		}
		if err := cryptSum(format, parts[1], length); err != nil {
			return nil, err
		}
		k := cryptKDF(a, rounds, 600*time.Nanosecond, parts[0])
		k.sum = func(ctx context.Context, password []byte) []byte {
			return crypt.SHA(ctx, a.crypt(), password, []byte(parts[0]), rounds)
		}
		return &stored{ways: []kdf{k}, sum: []byte(parts[1]), blank: blankEnd(text, parts[1], ".")}, nil
	}
}

// yescryptKDF is yescrypt as libxcrypt makes it: with the flags of its defaults, one lane
// and no ROM.
type yescryptKDF struct {
	logN, r int64
	salt    []byte
}

func (k yescryptKDF) asScrypt() scryptKDF { return scryptKDF{n: power(k.logN), r: k.r, p: 1} }

// derive cannot be interrupted, since the library has no loop to leave. ScryptMemory bounds
// it.
func (k yescryptKDF) derive(_ context.Context, password []byte, size int) []byte {
	sum, err := yescrypt.Key(password, k.salt, 1<<k.logN, int(k.r), 1, size)
	if err != nil {
		return nil
	}
	return sum
}

func (k yescryptKDF) bounds(most Ceilings) []bound { return k.asScrypt().bounds(most) }
func (k yescryptKDF) shown() map[string]any        { return map[string]any{"N": k.asScrypt().n, "r": k.r} }
func (k yescryptKDF) cost() Cost                   { return k.asScrypt().cost() }
func (k yescryptKDF) effort() time.Duration        { return k.asScrypt().effort() }
func (yescryptKDF) recommended() time.Duration     { return strongWithMemory }

const (
	yescryptSum                = 32
	yescryptSumText            = 43
	maxYescryptSalt            = 86 // characters of 64 bytes
	minYescryptN, maxYescryptN = 10, 18
	maxYescryptR               = 32
)

// readYescrypt reads $y$ with three characters of parameters, salt and sum.
func readYescrypt(format, text string) (*stored, error) {
	rest, ok := strings.CutPrefix(text, "$y$")
	if !ok {
		return nil, malformed(format, "it does not begin with $y$")
	}
	parts, err := fields(format, rest, "$", 3)
	if err != nil {
		return nil, err
	}
	if len(parts[0]) != 3 || parts[0][0] != 'j' || !only(parts[0], crypt64) {
		return nil, malformed(format, "its parameters are not those of the default flavour")
	}
	k := yescryptKDF{
		logN: int64(strings.IndexByte(crypt64, parts[0][1])) + 1,
		r:    int64(strings.IndexByte(crypt64, parts[0][2])) + 1,
	}
	if k.logN < minYescryptN || k.logN > maxYescryptN || k.r > maxYescryptR {
		return nil, malformed(format, "N is not between 2^%d and 2^%d, or r is above %d", minYescryptN, maxYescryptN, maxYescryptR)
	}
	if len(parts[1]) > maxYescryptSalt || !only(parts[1], crypt64) {
		return nil, malformed(format, "the salt is not of at most %d characters ./0-9A-Za-z", maxYescryptSalt)
	}
	if k.salt = yescrypt.Decode64([]byte(parts[1])); k.salt == nil && parts[1] != "" {
		return nil, malformed(format, "the salt cannot be decoded")
	}
	if err := cryptSum(format, parts[2], yescryptSumText); err != nil {
		return nil, err
	}
	sum := yescrypt.Decode64([]byte(parts[2]))
	return &stored{ways: []kdf{k}, sum: sum, blank: blankEnd(text, parts[2], ".")}, sized(format, "the hash", len(sum), yescryptSum, yescryptSum)
}
