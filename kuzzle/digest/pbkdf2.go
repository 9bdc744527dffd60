package digest

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
	"strings"
	"time"
)

// algorithm is a hash function with its name.
type algorithm struct {
	name string
	new  func() hash.Hash
	size int
	// per is the time of one PBKDF2 iteration.
	per time.Duration
	// block is the size of its input block in bytes.
	block int
	// sum writes the hash of a text into the memory of another.
	sum func(into, text []byte) []byte
}

// The hash functions that PBKDF2 and the like are used with.
var (
	sha1Hash   = algorithm{"sha1", sha1.New, sha1.Size, 200 * time.Nanosecond, sha1.BlockSize, intoSHA1}
	sha224Hash = algorithm{"sha224", sha256.New224, sha256.Size224, 250 * time.Nanosecond, sha256.BlockSize, intoSHA224}
	sha256Hash = algorithm{"sha256", sha256.New, sha256.Size, 250 * time.Nanosecond, sha256.BlockSize, intoSHA256}
	sha384Hash = algorithm{"sha384", sha512.New384, sha512.Size384, 500 * time.Nanosecond, sha512.BlockSize, intoSHA384}
	sha512Hash = algorithm{"sha512", sha512.New, sha512.Size, 500 * time.Nanosecond, sha512.BlockSize, intoSHA512}
)

func (a algorithm) of(parts ...[]byte) []byte {
	h := a.new()
	for _, part := range parts {
		h.Write(part)
	}
	return h.Sum(nil)
}

type pbkdf2KDF struct {
	prf        algorithm
	iterations int64
	salt       []byte
	// size is the number of derived bytes, if it differs from the sum's.
	size int
}

// derive is PBKDF2 (RFC 8018, 5.2) in a loop that can be interrupted.
func (k pbkdf2KDF) derive(ctx context.Context, password []byte, size int) []byte {
	prf := hmac.New(k.prf.new, password)
	key := make([]byte, 0, size+k.prf.size)
	last := make([]byte, 0, k.prf.size)
	for number := uint32(1); len(key) < size; number++ {
		prf.Reset()
		prf.Write(k.salt)
		prf.Write(binary.BigEndian.AppendUint32(nil, number))
		start := len(key)
		key = prf.Sum(key)
		block := key[start:]
		last = append(last[:0], block...)
		for i := int64(1); i < k.iterations; i++ {
			if i%checkEvery == 0 && ctx.Err() != nil {
				return nil
			}
			prf.Reset()
			prf.Write(last)
			last = prf.Sum(last[:0])
			subtle.XORBytes(block, block, last)
		}
	}
	return key[:size]
}

func (k pbkdf2KDF) bounds(most Ceilings) []bound {
	return []bound{
		{"iterations", k.iterations, most.Iterations},
		{"iterations times blocks of output", min(k.iterations, hardIterations) * k.outputs(), most.Iterations},
	}
}

// outputs returns the number of derived blocks, each of which takes all iterations.
func (k pbkdf2KDF) outputs() int64 {
	return int64(max(1, (k.size+k.prf.size-1)/k.prf.size))
}

func (k pbkdf2KDF) shown() map[string]any {
	return map[string]any{"iterations": k.iterations, "hash": k.prf.name}
}

func (pbkdf2KDF) cost() Cost { return Cost{} }

func (k pbkdf2KDF) effort() time.Duration {
	return time.Duration(min(k.iterations, hardIterations)*k.outputs()) * k.prf.per
}

func (pbkdf2KDF) recommended() time.Duration { return strongWithoutSuch }

// pbkdf2Digest is a digest of PBKDF2 whose sum is the whole derived key.
func pbkdf2Digest(prf algorithm, iterations int64, salt, sum []byte, blank func() string) *stored {
	return &stored{
		ways: []kdf{pbkdf2KDF{prf: prf, iterations: iterations, salt: salt, size: len(sum)}},
		sum:  sum, blank: blank,
	}
}

// coding is the encoding of a field of a digest.
type coding struct {
	decode func(format, name, text string, least, most int) ([]byte, error)
	zero   string
}

var (
	asHex    = coding{unhex, "0"}
	asStd64  = coding{in64(std64), "A"}
	asAny64  = coding{in64(any64), "A"}
	asText   = coding{inText, ""}
	hexElse  = coding{inHexElse, ""}
	asEither = coding{inHexOr64, ""}
)

func in64(encoding *base64.Encoding) func(format, name, text string, least, most int) ([]byte, error) {
	return func(format, name, text string, least, most int) ([]byte, error) {
		return unbase64(format, name, text, encoding, least, most)
	}
}

func inText(format, name, text string, least, most int) ([]byte, error) {
	return []byte(text), sized(format, name, len(text), least, most)
}

// inHexElse decodes valid hexadecimal and takes anything else as text.
func inHexElse(format, name, text string, least, most int) ([]byte, error) {
	if raw, err := hex.DecodeString(text); err == nil && text != "" {
		return raw, sized(format, name, len(raw), least, most)
	}
	return inText(format, name, text, least, most)
}

// inHexOr64 decodes hexadecimal of the right size, else base64.
func inHexOr64(format, name, text string, least, most int) ([]byte, error) {
	if isHex(text, 2*most) {
		return unhex(format, name, text, least, most)
	}
	return unbase64(format, name, text, std64, least, most)
}

// readPBKDF2 reads prefix, iterations, salt and sum separated by $.
func readPBKDF2(prefix string, prf algorithm, salts, sums coding) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		rest, ok := strings.CutPrefix(text, prefix)
		if !ok {
			return nil, malformed(format, "it does not begin with %s", prefix)
		}
		parts, err := fields(format, rest, "$", 3)
		if err != nil {
			return nil, err
		}
		return pbkdf2Fields(format, text, parts, prf, salts, sums)
	}
}

// pbkdf2Fields reads iterations, salt and sum, which ends the text.
func pbkdf2Fields(format, text string, parts []string, prf algorithm, salts, sums coding) (*stored, error) {
	iterations, err := number(format, "the number of iterations", strings.TrimPrefix(strings.TrimPrefix(parts[0], "rounds="), "i="))
	if err != nil {
		return nil, err
	}
	salt, err := salts.decode(format, "the salt", parts[1], 1, maxSalt)
	if err != nil {
		return nil, err
	}
	sum, err := sums.decode(format, "the hash", parts[2], minSum, maxPBKDF2Sum)
	if err != nil {
		return nil, err
	}
	return pbkdf2Digest(prf, iterations, salt, sum, blankEnd(text, parts[2], sums.zero)), nil
}

const (
	sha1Prefix   = "pbkdf2_sha1$"
	sha256Prefix = "pbkdf2_sha256$"
	defaultSHA1  = 32

	// maxPBKDF2Sum is the size that passport-local-mongoose derives. The ceilings bound its
	// cost.
	maxPBKDF2Sum = 512
)

// readPBKDF2SHA1 reads pbkdf2_sha1$iterations$salt$hex, which may be followed by
// $ and the length of the key in bytes.
func readPBKDF2SHA1(format, text string) (*stored, error) {
	rest, ok := strings.CutPrefix(text, sha1Prefix)
	parts := strings.Split(rest, "$")
	if !ok || len(parts) < 3 || len(parts) > 4 {
		return nil, malformed(format, "%siterations$salt$hash, perhaps with $length, is needed", sha1Prefix)
	}
	size := int64(defaultSHA1)
	tail := ""
	if len(parts) == 4 {
		var err error
		if size, err = number(format, "the key length", parts[3]); err != nil {
			return nil, err
		}
		if size < minSum || size > maxPBKDF2Sum {
			return nil, malformed(format, "the key length is not between %d and %d", minSum, maxPBKDF2Sum)
		}
		tail = "$" + parts[3]
	}
	d, err := pbkdf2Fields(format, strings.TrimSuffix(text, tail), parts[:3], sha1Hash, hexElse, asHex)
	if err != nil {
		return nil, err
	}
	blank := d.blank
	d.blank = func() string { return blank() + tail }
	return d, sized(format, "the hash", len(d.sum), int(size), int(size))
}

// readDjangoSHA1 reads Django's kind of the same prefix: text and base64.
func readDjangoSHA1(format, text string) (*stored, error) {
	d, err := readPBKDF2(sha1Prefix, sha1Hash, asText, asStd64)(format, text)
	if err != nil {
		return nil, err
	}
	return d, sized(format, "the hash", len(d.sum), sha1.Size, sha1.Size)
}

// byHash maps names of PBKDF2's hash functions in formats to the functions.
func byHash(name string) (algorithm, bool) {
	for _, a := range []algorithm{sha1Hash, sha224Hash, sha256Hash, sha384Hash, sha512Hash} {
		if a.name == name {
			return a, true
		}
	}
	return algorithm{}, false
}

// readPasslib reads $pbkdf2-sha256$rounds$salt$sum, where $pbkdf2$ alone means SHA-1;
// and the PHC form, whose parameters are i=rounds and perhaps l=length, in any order.
func readPasslib(format, text string) (*stored, error) {
	rest, ok := strings.CutPrefix(text, "$pbkdf2")
	parts := strings.Split(rest, "$")
	if !ok || len(parts) != 4 {
		return nil, malformed(format, "$pbkdf2-hash$rounds$salt$sum is needed")
	}
	prf, known := byHash(strings.TrimPrefix(parts[0], "-"))
	if parts[0] == "" {
		prf, known = sha1Hash, true
	}
	if !known || strings.HasPrefix(prf.name, parts[0]) && parts[0] != "" {
		return nil, malformed(format, "its hash function is not supported")
	}
	iterations, size := parts[1], int64(-1)
	if strings.Contains(iterations, "l=") {
		var count int64
		if err := namedNumbers(format, iterations, map[string]*int64{"i": &count, "l": &size}); err != nil {
			return nil, err
		}
		iterations = strconv.FormatInt(count, 10)
	}
	d, err := pbkdf2Fields(format, text, []string{iterations, parts[2], parts[3]}, prf, asAny64, asAny64)
	if err == nil && size >= 0 && size != int64(len(d.sum)) {
		err = malformed(format, "l is %d, the hash has %d bytes", size, len(d.sum))
	}
	return d, err
}

// readWerkzeugPBKDF2 reads pbkdf2:hash:iterations$salt$hex.
func readWerkzeugPBKDF2(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 3)
	if err != nil {
		return nil, err
	}
	method, err := fields(format, parts[0], ":", 3)
	if err != nil {
		return nil, err
	}
	prf, known := byHash(method[1])
	if method[0] != "pbkdf2" || !known {
		return nil, malformed(format, "its method is not pbkdf2 with a hash function that is supported")
	}
	return pbkdf2Fields(format, text, []string{method[2], parts[1], parts[2]}, prf, asText, asHex)
}
