package digest

import "time"

// Ceilings bound the cost of verifying one digest. They apply when a digest is imported and
// whenever it is read. A zero field takes its default.
type Ceilings struct {
	// Argon2Memory is in bytes.
	Argon2Memory int64 `json:"argon2Memory"`
	Argon2Passes int64 `json:"argon2Passes"`
	Argon2Lanes  int64 `json:"argon2Lanes"`
	BcryptCost   int64 `json:"bcryptCost"`
	// Iterations bounds PBKDF2, for each block of its output, and Symfony's repeated
	// SHA-512, for a password and a salt of 64 bytes each.
	Iterations int64 `json:"iterations"`
	// ScryptMemory is 128·N·r·p in bytes, for scrypt and yescrypt.
	ScryptMemory int64 `json:"scryptMemory"`
	// CryptRounds bounds the crypt(3) families $5$ and $6$, for a password of 64 bytes. A
	// longer password needs more work per round and is refused if its work exceeds that of
	// so many rounds at 64 bytes.
	CryptRounds int64 `json:"cryptRounds"`
	// PhpassRounds bounds phpass and Drupal in the same way, as a binary logarithm.
	PhpassRounds int64 `json:"phpassRounds"`
}

// Ceilings of imported digests, and of our own.
const (
	MaxArgon2Memory = 256 << 20 // bytes
	MaxArgon2Passes = 16
	MaxArgon2Lanes  = 16
	MaxBcryptCost   = 14
	MaxIterations   = 5_000_000
	MaxScryptMemory = 256 << 20 // bytes
	MaxCryptRounds  = 1_000_000
	MaxPhpassRounds = 20
)

// Bounds that no configuration can raise: the largest parameters of the algorithms.
const (
	hardArgon2Memory = 4 << 40
	hardArgon2Lanes  = 255
	hardBcryptCost   = 31
	hardIterations   = 1<<31 - 1
	hardPhpassRounds = 30
	hardScryptMemory = 1 << 40
)

// WithDefaults fills in zero fields and limits the others to the algorithms' bounds.
func (c Ceilings) WithDefaults() Ceilings {
	return Ceilings{
		Argon2Memory: ceiling(c.Argon2Memory, MaxArgon2Memory, hardArgon2Memory),
		Argon2Passes: ceiling(c.Argon2Passes, MaxArgon2Passes, hardIterations),
		Argon2Lanes:  ceiling(c.Argon2Lanes, MaxArgon2Lanes, hardArgon2Lanes),
		BcryptCost:   ceiling(c.BcryptCost, MaxBcryptCost, hardBcryptCost),
		Iterations:   ceiling(c.Iterations, MaxIterations, hardIterations),
		ScryptMemory: ceiling(c.ScryptMemory, MaxScryptMemory, hardScryptMemory),
		CryptRounds:  ceiling(c.CryptRounds, MaxCryptRounds, hardIterations),
		PhpassRounds: ceiling(c.PhpassRounds, MaxPhpassRounds, hardPhpassRounds),
	}
}

// effort is the largest effort of one function.
func (c Ceilings) effort() time.Duration {
	return max(argon2KDF{memory: c.Argon2Memory >> 10, passes: min(c.Argon2Passes, 1<<20)}.effort(), bcryptKDF{rounds: c.BcryptCost}.effort(),
		pbkdf2KDF{prf: sha512Hash, iterations: c.Iterations}.effort(), scryptKDF{n: c.ScryptMemory >> 7, r: 1, p: 1}.effort())
}

func ceiling(given, fallback, hard int64) int64 {
	if given <= 0 {
		given = fallback
	}
	return min(given, hard)
}

// bound is a parameter with its ceiling.
type bound struct {
	name        string
	value, most int64
}

func within(format string, bounds []bound) error {
	for _, b := range bounds {
		if b.value > b.most {
			return ErrTooExpensive.New(format, b.name, b.value, b.most)
		}
	}
	return nil
}
