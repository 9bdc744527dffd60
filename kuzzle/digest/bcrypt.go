package digest

import (
	"context"
	"crypto/hmac"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/bcrypt"
)

const (
	// MaxBcryptPassword is the number of bytes of a password that bcrypt uses.
	MaxBcryptPassword = bcrypt.MaxPassword

	bcryptText = 60 // characters of a whole bcrypt digest
	bcryptHash = 31 // those of its sum
	bcryptSalt = 22
	bcryptSum  = bcrypt.Size
)

// bcrypt64 is bcrypt's own base64. Like every bcrypt it ignores unused bits at the end.
var bcrypt64 = base64.NewEncoding("./" + upperLower + "0123456789").WithPadding(base64.NoPadding)

// bcryptKDF uses the first 72 bytes of a password, like every bcrypt.
type bcryptKDF struct {
	rounds int64 // the binary logarithm
	salt   []byte
	// signed selects the fault of PHP before 5.3.7 with bytes above 127 ($2x$).
	signed bool
}

func (k bcryptKDF) derive(ctx context.Context, password []byte, _ int) []byte {
	return bcrypt.Sum(ctx, password, k.salt, k.rounds, k.signed)
}

func (k bcryptKDF) bounds(most Ceilings) []bound { return []bound{{"cost", k.rounds, most.BcryptCost}} }
func (k bcryptKDF) shown() map[string]any        { return map[string]any{"cost": k.rounds} }
func (bcryptKDF) cost() Cost                     { return Cost{Memory: 8 << 10} }
func (k bcryptKDF) effort() time.Duration {
	return 50 * time.Microsecond << min(k.rounds, hardBcryptCost)
}
func (bcryptKDF) recommended() time.Duration { return strongWithMemory }

// readBcrypt reads $2b$CC$ with 22 characters of salt and 31 of sum. a, b and y are the same
// algorithm; x is the faulty one.
func readBcrypt(format, text string) (*stored, error) {
	switch {
	case len(text) != bcryptText:
		return nil, malformed(format, "the bcrypt part has %d characters, not %d", len(text), bcryptText)
	case !isBcrypt(text) || text[6] != '$':
		return nil, malformed(format, "there is no $2a$, $2b$, $2x$ or $2y$ with a cost of two digits")
	}
	rounds, err := strconv.Atoi(text[4:6])
	if err != nil || !only(text[4:6], "0123456789") || rounds < minOwnBcryptCost || rounds > hardBcryptCost {
		return nil, malformed(format, "the cost is not between %02d and %d", minOwnBcryptCost, hardBcryptCost)
	}
	salt, errSalt := bcrypt64.DecodeString(text[7 : 7+bcryptSalt])
	sum, errSum := bcrypt64.DecodeString(text[7+bcryptSalt:])
	if errSalt != nil || errSum != nil || strings.ContainsAny(text, "\r\n") || len(sum) != bcryptSum {
		return nil, malformed(format, "a character of salt or hash is not of bcrypt's alphabet")
	}
	return &stored{
		ways: []kdf{bcryptKDF{rounds: int64(rounds), salt: salt, signed: text[2] == 'x'}}, sum: sum,
		blank: blankAt(text, bcryptText-bcryptHash, bcryptText, "."),
	}, nil
}

func isBcrypt(text string) bool {
	return len(text) > 6 && strings.HasPrefix(text, "$2") && strings.ContainsRune("abxy", rune(text[2])) && text[3] == '$'
}

func claimBcrypt(text string) Claim {
	if isBcrypt(text) && len(text) <= bcryptText {
		return ByPrefix
	}
	return None
}

// after reads a digest after a prefix, and adds the prefix when the digest is written again.
func after(prefix string, read func(format, text string) (*stored, error)) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		rest, ok := strings.CutPrefix(text, prefix)
		if !ok {
			return nil, malformed(format, "it does not begin with %s", prefix)
		}
		d, err := read(format, rest)
		if err != nil {
			return nil, err
		}
		blank := d.blank
		d.blank = func() string { return prefix + blank() }
		return d, nil
	}
}

// hashedFirst hashes or changes the password before the format hashes it.
func hashedFirst(prepare func([]byte) []byte, read func(format, text string) (*stored, error)) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		d, err := read(format, text)
		if d != nil {
			d.prepare = prepare
		}
		return d, err
	}
}

// Hashes of the password that systems hash in its place.
var hexMD5, hexSHA256, hexSHA512 = hexOf(md5Hash), hexOf(sha256Hash), hexOf(sha512Hash)

func hexOf(a algorithm) func(password []byte) []byte {
	return func(password []byte) []byte { return hex.AppendEncode(nil, a.of(password)) }
}

// wordpressHMAC returns the input of bcrypt in WordPress since 6.8.
func wordpressHMAC(password []byte) []byte {
	mac := hmac.New(sha512.New384, []byte("wp-sha384"))
	mac.Write(password)
	return base64.StdEncoding.AppendEncode(nil, mac.Sum(nil))
}

// readPeppered reads a bcrypt digest, $ and the pepper that was appended to the password.
func readPeppered(format, text string) (*stored, error) {
	if len(text) < bcryptText+2 || text[bcryptText] != '$' {
		return nil, malformed(format, "a bcrypt digest of %d characters, $ and a pepper are needed", bcryptText)
	}
	d, err := readBcrypt(format, text[:bcryptText])
	if err != nil {
		return nil, err
	}
	tail := text[bcryptText:]
	pepper, blank := tail[1:], d.blank
	d.keyed = true
	d.blank = func() string { return blank() + tail }
	d.prepare = func(password []byte) []byte { return append(password[:len(password):len(password)], pepper...) }
	return d, nil
}

func claimPeppered(text string) Claim {
	if len(text) > bcryptText && isBcrypt(text) && text[bcryptText] == '$' {
		return ByPrefix
	}
	return None
}
