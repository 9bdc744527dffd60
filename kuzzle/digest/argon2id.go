package digest

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/crypto/argon2"
)

// The bounds of argon2id digests, whoever made them. They keep what one login
// can cost within what the pool is made for.
const (
	MaxArgon2Memory = 256 << 20 // bytes
	MaxArgon2Passes = 16
	MaxArgon2Lanes  = 16

	minSalt, maxSalt = 8, 64
	minSum, maxSum   = 12, 64
	newSalt, newSum  = 16, 32

	argon2Prefix = "$argon2id$"
	maxPHC       = 512
)

// Argon2id is the [Format] of argon2id digests in PHC string form:
// $argon2id$v=19$m=KiB,t=passes,p=lanes$salt$sum.
type Argon2id struct{}

var _ Format = Argon2id{}

// Name implements Format.
func (Argon2id) Name() string { return "argon2id" }

// Parse implements Format.
func (Argon2id) Parse(text string) (Digest, error) {
	parsed, err := parseArgon2id(text)
	if err != nil {
		return nil, err
	}
	return parsed, nil
}

type argon2idDigest struct {
	hasher    Hasher
	salt, sum []byte
}

func (d *argon2idDigest) Cost() Cost { return d.hasher.Cost() }

func (d *argon2idDigest) Matches(password string) bool {
	return subtle.ConstantTimeCompare(d.hasher.sum(password, d.salt, len(d.sum)), d.sum) == 1
}

// Hasher makes argon2id digests; the zero fields of it take their defaults.
// Passwords of any length and any bytes are hashed whole.
type Hasher struct {
	// Memory in KiB, at least 8 per lane and at most 256 MiB.
	Memory uint32 `json:"memoryKiB"`
	// Passes over the memory, at most 16.
	Passes uint32 `json:"passes"`
	// Lanes computed in parallel, at most 16.
	Lanes uint8 `json:"lanes"`
}

// WithDefaults fills what is zero.
func (h Hasher) WithDefaults() Hasher {
	if h.Memory == 0 {
		h.Memory = DefaultArgon2Memory
	}
	if h.Passes == 0 {
		h.Passes = DefaultArgon2Passes
	}
	if h.Lanes == 0 {
		h.Lanes = DefaultArgon2Lanes
	}
	return h
}

// Check says whether the parameters, defaults filled in, are within bounds.
func (h Hasher) Check() error {
	h = h.WithDefaults()
	switch {
	case h.Passes > MaxArgon2Passes:
		return broken("argon2id", "%d passes, at most %d", h.Passes, MaxArgon2Passes)
	case h.Lanes > MaxArgon2Lanes:
		return broken("argon2id", "%d lanes, at most %d", h.Lanes, MaxArgon2Lanes)
	case h.Memory > MaxArgon2Memory>>10:
		return broken("argon2id", "%d KiB, at most %d", h.Memory, MaxArgon2Memory>>10)
	case h.Memory < 8*uint32(h.Lanes):
		return broken("argon2id", "%d KiB, at least 8 per lane", h.Memory)
	}
	return nil
}

// Cost is what Hash takes: ask the pool for it.
func (h Hasher) Cost() Cost {
	h = h.WithDefaults()
	return Cost{Memory: int64(h.Memory) << 10, Lanes: int(h.Lanes)}
}

// Hash makes a digest with a fresh salt. It is to be called inside [Pool.Do].
func (h Hasher) Hash(password string) string {
	salt := make([]byte, newSalt)
	_, _ = rand.Read(salt) // never fails
	h = h.WithDefaults()
	return h.encode(salt, h.sum(password, salt, newSum))
}

// Decoy is a digest of the usual cost that no password fits.
func (h Hasher) Decoy() string {
	random := make([]byte, newSalt+newSum)
	_, _ = rand.Read(random) // never fails
	return h.WithDefaults().encode(random[:newSalt], random[newSalt:])
}

// NeedsRenewal says whether a digest is not what Hash would make today. What
// cannot be parsed needs it too.
func (h Hasher) NeedsRenewal(text string) bool {
	parsed, err := parseArgon2id(text)
	return err != nil || parsed.hasher != h.WithDefaults() ||
		len(parsed.salt) < newSalt || len(parsed.sum) < newSum
}

func (h Hasher) sum(password string, salt []byte, size int) []byte {
	return argon2.IDKey([]byte(password), salt, h.Passes, h.Memory, h.Lanes, uint32(size))
}

func (h Hasher) encode(salt, sum []byte) string {
	return fmt.Sprintf("%sv=%d$m=%d,t=%d,p=%d$%s$%s", argon2Prefix, argon2.Version, h.Memory, h.Passes, h.Lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(sum))
}

func parseArgon2id(text string) (*argon2idDigest, error) {
	rest, ok := strings.CutPrefix(text, argon2Prefix)
	if !ok {
		return nil, ErrOther
	}
	if len(text) > maxPHC {
		return nil, broken("argon2id", "longer than %d bytes", maxPHC)
	}
	parts := strings.Split(rest, "$")
	if len(parts) != 4 {
		return nil, broken("argon2id", "%d parts instead of version, parameters, salt and sum", len(parts))
	}
	if parts[0] != "v="+strconv.Itoa(argon2.Version) {
		return nil, broken("argon2id", "a version other than %d", argon2.Version)
	}
	hasher, err := parseArgon2Parameters(parts[1])
	if err != nil {
		return nil, err
	}
	salt, err := decodePHC("salt", parts[2], minSalt, maxSalt)
	if err != nil {
		return nil, err
	}
	sum, err := decodePHC("sum", parts[3], minSum, maxSum)
	if err != nil {
		return nil, err
	}
	return &argon2idDigest{hasher: hasher, salt: salt, sum: sum}, nil
}

func parseArgon2Parameters(text string) (Hasher, error) {
	var values [3]uint32
	fields := strings.Split(text, ",")
	if len(fields) != len(values) {
		return Hasher{}, broken("argon2id", "%d parameters instead of m, t and p", len(fields))
	}
	for i, name := range []string{"m=", "t=", "p="} {
		digits, ok := strings.CutPrefix(fields[i], name)
		value, err := strconv.ParseUint(digits, 10, 32)
		// One spelling per number: no sign, no leading zero, no nought.
		if !ok || err != nil || digits[0] < '1' || digits[0] > '9' {
			return Hasher{}, broken("argon2id", "no positive number at %s", name)
		}
		values[i] = uint32(value)
	}
	if values[2] > MaxArgon2Lanes {
		return Hasher{}, broken("argon2id", "%d lanes, at most %d", values[2], MaxArgon2Lanes)
	}
	hasher := Hasher{Memory: values[0], Passes: values[1], Lanes: uint8(values[2])}
	return hasher, hasher.Check()
}

func decodePHC(name, text string, least, most int) ([]byte, error) {
	raw, err := base64.RawStdEncoding.Strict().DecodeString(text)
	if err != nil || strings.ContainsAny(text, "\r\n") {
		return nil, broken("argon2id", "%s is not base64 without padding", name)
	}
	if len(raw) < least || len(raw) > most {
		return nil, broken("argon2id", "%s of %d bytes, %d to %d allowed", name, len(raw), least, most)
	}
	return raw, nil
}
