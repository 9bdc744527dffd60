package digest

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"math/bits"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/scrypt"
)

type scryptKDF struct {
	n, r, p int64
	salt    []byte
	// finish makes the sum from the derived key; without it the key is the sum.
	finish func(key []byte) []byte
	// keySize is the size of finish's key in bytes.
	keySize int
}

func (k scryptKDF) derive(ctx context.Context, password []byte, size int) []byte {
	return k.deriveIn(ctx, nil, password, size)
}

// deriveIn is derive in memory of the pool.
func (k scryptKDF) deriveIn(ctx context.Context, pool *Pool, password []byte, size int) []byte {
	lent := pool.Lend(scrypt.Size(int(k.n), int(k.r)))
	defer pool.GiveBack(lent)
	if k.finish != nil {
		size = k.keySize
	}
	key := scrypt.Key(ctx, lent.Words(), password, k.salt, int(k.n), int(k.r), int(k.p), size)
	if key != nil && k.finish != nil {
		return k.finish(key)
	}
	return key
}

// memory is 128·N·r·p, or a number that no ceiling allows.
func (k scryptKDF) memory() int64 {
	total := int64(128)
	for _, factor := range []int64{k.n, k.r, k.p} {
		high, low := bits.Mul64(uint64(total), uint64(factor))
		if high != 0 || low > 1<<62 {
			return 1 << 62
		}
		total = int64(low)
	}
	return total
}

func (k scryptKDF) bounds(most Ceilings) []bound {
	return []bound{{"memory in bytes (128·N·r·p)", k.memory(), most.ScryptMemory}}
}
func (k scryptKDF) shown() map[string]any { return map[string]any{"N": k.n, "r": k.r, "p": k.p} }
func (k scryptKDF) cost() Cost            { return Cost{Memory: k.memory()} }

// perByte is the time in which scrypt writes and reads a byte.
const perByte = 2 * time.Nanosecond

func (k scryptKDF) effort() time.Duration    { return time.Duration(min(k.memory(), 1<<50)) * perByte }
func (scryptKDF) recommended() time.Duration { return strongWithMemory }

// check refuses parameters that no ceiling allows.
func (k scryptKDF) check(format string) error {
	if k.n < 2 || k.n&(k.n-1) != 0 {
		return malformed(format, "N is not a power of two above 1")
	}
	return nil
}

// power is 2^log, or more than any ceiling allows.
func power(log int64) int64 { return 1 << min(log, 61) }

// readFirebase reads sum$salt$signer key$salt separator$rounds$memory cost. The sum is the
// signer key encrypted with the derived key.
func readFirebase(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 6)
	if err != nil {
		return nil, err
	}
	var raw [4][]byte
	for i, name := range []string{"the hash", "the salt", "the signer key", "the salt separator"} {
		least := min(1, 3-i) // only the separator may be empty
		if raw[i], err = unbase64(format, name, parts[i], any64, least, maxSalt); err != nil {
			return nil, err
		}
	}
	k := scryptKDF{p: 1}
	if k.r, err = number(format, "the rounds", parts[4]); err != nil {
		return nil, err
	}
	log, err := number(format, "the memory cost", parts[5])
	if err != nil {
		return nil, err
	}
	d := firebase(k, log, raw[1], raw[3], raw[2], raw[0])
	d.blank = blankAt(text, 0, len(strings.TrimRight(parts[0], "=")), "A")
	return d, sized(format, "the hash, which is as long as the signer key,", len(raw[0]), len(raw[2]), len(raw[2]))
}

func firebase(k scryptKDF, log int64, salt, separator, signer, sum []byte) *stored {
	k.n, k.keySize = power(log), 32
	k.salt = append(append([]byte{}, salt...), separator...)
	k.finish = func(key []byte) []byte {
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil
		}
		out := make([]byte, len(signer))
		cipher.NewCTR(block, make([]byte, aes.BlockSize)).XORKeyStream(out, signer)
		return out
	}
	return &stored{ways: []kdf{k}, sum: sum, keyed: true}
}

// claimFirebase claims six fields, four of them base64, which no other format has.
func claimFirebase(text string) Claim {
	if text == "" || text[0] == '$' || strings.Count(text, "$") != 5 {
		return None
	}
	parts := strings.Split(text, "$")
	if parts[0] == "" || !only(parts[4], "0123456789") || !only(parts[5], "0123456789") {
		return None
	}
	return ByPrefix
}

const scryptSum = 64

// readWerkzeugScrypt reads scrypt:N:r:p$salt$sum, with the sum in hexadecimal as werkzeug
// writes it or in base64 as Clerk documents it. A $ may precede it.
func readWerkzeugScrypt(format, text string) (*stored, error) {
	parts, err := fields(format, strings.TrimPrefix(text, "$"), "$", 3)
	if err != nil {
		return nil, err
	}
	method, err := fields(format, parts[0], ":", 4)
	if err != nil {
		return nil, err
	}
	if method[0] != "scrypt" {
		return nil, malformed(format, "it does not begin with scrypt:")
	}
	zero := "A"
	if isHex(parts[2], 2*scryptSum) {
		zero = "0"
	}
	return scryptFields(format, method[1:], parts[1], asText, parts[2], asEither, blankEnd(text, parts[2], zero))
}

// scryptFields reads N, r and p, a salt and a sum of 64 bytes.
func scryptFields(format string, nrp []string, salt string, salts coding, sum string, sums coding, blank func() string) (*stored, error) {
	var k scryptKDF
	for i, into := range []*int64{&k.n, &k.r, &k.p} {
		var err error
		if *into, err = number(format, string("Nrp"[i]), nrp[i]); err != nil {
			return nil, err
		}
	}
	return k.digest(format, salt, salts, sum, sums, scryptSum, scryptSum, blank)
}

func (k scryptKDF) digest(format, salt string, salts coding, text string, sums coding, least, most int, blank func() string) (*stored, error) {
	if err := k.check(format); err != nil {
		return nil, err
	}
	var err error
	if k.salt, err = salts.decode(format, "the salt", salt, 1, maxSalt); err != nil {
		return nil, err
	}
	sum, err := sums.decode(format, "the hash", text, least, most)
	return &stored{ways: []kdf{k}, sum: sum, blank: blank}, err
}

// kratosCost is the least ln that is not a logarithm: Ory Kratos writes N itself there.
const kratosCost = 64

// readPHCScrypt reads $scrypt$ln=log N,r=r,p=p$salt$sum.
func readPHCScrypt(format, text string) (*stored, error) {
	rest, ok := strings.CutPrefix(text, "$scrypt$")
	if !ok {
		return nil, malformed(format, "it does not begin with $scrypt$")
	}
	parts, err := fields(format, rest, "$", 3)
	if err != nil {
		return nil, err
	}
	var k scryptKDF
	if err := namedNumbers(format, parts[0], map[string]*int64{"ln": &k.n, "r": &k.r, "p": &k.p}); err != nil {
		return nil, err
	}
	if k.n < kratosCost {
		k.n = power(k.n)
	}
	return k.digest(format, parts[1], asAny64, parts[2], asAny64, minSum, maxSum, blankEnd(text, parts[2], "A"))
}

// readDjangoScrypt reads scrypt$N$salt$r$p$base64.
func readDjangoScrypt(format, text string) (*stored, error) {
	parts, err := fields(format, text, "$", 6)
	if err != nil {
		return nil, err
	}
	return scryptFields(format, []string{parts[1], parts[3], parts[4]}, parts[2], asText, parts[5], asStd64, blankEnd(text, parts[5], "A"))
}

// The file format of Colin Percival's scrypt, which npm's scrypt-kdf writes.
const (
	kdfMagic    = "scrypt\x00"
	kdfHeader   = 48 // magic, log N, r, p, 32 bytes of salt
	kdfChecksum = 16
	kdfSize     = kdfHeader + kdfChecksum + sha256.Size
)

func readScryptKDF(format, text string) (*stored, error) {
	raw, err := unbase64(format, "it", text, std64, kdfSize, kdfSize)
	if err != nil {
		return nil, err
	}
	if string(raw[:len(kdfMagic)]) != kdfMagic {
		return nil, malformed(format, `it does not begin with "scrypt"`)
	}
	check := sha256.Sum256(raw[:kdfHeader])
	if subtle.ConstantTimeCompare(check[:kdfChecksum], raw[kdfHeader:kdfHeader+kdfChecksum]) != 1 {
		return nil, malformed(format, "its checksum is wrong")
	}
	k := scryptKDF{
		n: power(int64(raw[7])), r: int64(binary.BigEndian.Uint32(raw[8:])), p: int64(binary.BigEndian.Uint32(raw[12:])),
		salt: raw[16:kdfHeader], keySize: 64,
	}
	if raw[7] == 0 || k.r == 0 || k.p == 0 {
		return nil, malformed(format, "N, r or p is zero")
	}
	signed := raw[:kdfHeader+kdfChecksum]
	k.finish = func(key []byte) []byte {
		mac := hmac.New(sha256.New, key[32:])
		mac.Write(signed)
		return mac.Sum(nil)
	}
	return &stored{ways: []kdf{k}, sum: raw[kdfSize-sha256.Size:], blank: func() string {
		return std64.EncodeToString(append(append([]byte{}, signed...), make([]byte, sha256.Size)...))
	}}, nil
}

// These are the magic's base64, whose last bits belong to the next field.
var claimScryptKDF = prefixed("c2NyeXB0AA", "c2NyeXB0AB", "c2NyeXB0AC", "c2NyeXB0AD")

// readBetterAuth reads salt:hex. The salt is used as plain text, the password in NFKC.
func readBetterAuth(format, text string) (*stored, error) {
	parts, err := fields(format, text, ":", 2)
	if err != nil {
		return nil, err
	}
	k := scryptKDF{n: 16384, r: 16, p: 1}
	d, err := k.digest(format, parts[0], asText, parts[1], asHex, scryptSum, scryptSum, blankEnd(text, parts[1], "0"))
	if d != nil {
		d.prepare = norm.NFKC.Bytes
	}
	return d, err
}

func claimBetterAuth(text string) Claim {
	salt, sum, ok := strings.Cut(text, ":")
	if ok && salt != "" && only(salt, hexDigits) && isHex(sum, 2*scryptSum) {
		return ByShape
	}
	return None
}

// readFirescrypt reads Ory Kratos' way to write Firebase's scrypt:
// $firescrypt$ln=memory cost,r=rounds,p=1$salt$sum$salt separator$signer key.
func readFirescrypt(format, text string) (*stored, error) {
	rest, ok := strings.CutPrefix(text, "$firescrypt$")
	if !ok {
		return nil, malformed(format, "it does not begin with $firescrypt$")
	}
	parts, err := fields(format, rest, "$", 5)
	if err != nil {
		return nil, err
	}
	var k scryptKDF
	var log int64
	if err := namedNumbers(format, parts[0], map[string]*int64{"ln": &log, "r": &k.r, "p": &k.p}); err != nil {
		return nil, err
	}
	var raw [4][]byte
	for i, name := range []string{"the salt", "the hash", "the salt separator", "the signer key"} {
		if raw[i], err = unbase64(format, name, parts[i+1], base64.StdEncoding, i&1, maxSalt); err != nil {
			return nil, err
		}
	}
	d := firebase(k, log, raw[0], raw[2], raw[3], raw[1])
	start := strings.Index(text, parts[1]) + len(parts[1]) + 1
	d.blank = blankAt(text, start, start+len(strings.TrimRight(parts[2], "=")), "A")
	return d, sized(format, "the hash, which is as long as the signer key,", len(raw[1]), len(raw[3]), len(raw[3]))
}
