package digest

// Ceilings bound what verifying one digest may cost. They are applied when a
// digest is imported and again whenever it is read. A zero field takes its
// default.
type Ceilings struct {
	// Argon2Memory is in bytes.
	Argon2Memory int64 `json:"argon2Memory"`
	Argon2Passes int64 `json:"argon2Passes"`
	Argon2Lanes  int64 `json:"argon2Lanes"`
	BcryptCost   int64 `json:"bcryptCost"`
	// Iterations are those of PBKDF2, for each block of its output, and of
	// Symfony's repeated SHA-512, for a password and a salt of 64 bytes each.
	Iterations int64 `json:"iterations"`
	// ScryptMemory is 128·N·r·p in bytes, for scrypt and yescrypt.
	ScryptMemory int64 `json:"scryptMemory"`
	// CryptRounds are those of the crypt(3) families $5$ and $6$, for a password
	// of 64 bytes. A longer password needs more work for each round and is
	// refused where that work is more than so many rounds cost at 64 bytes.
	CryptRounds int64 `json:"cryptRounds"`
	// PhpassRounds is the binary logarithm, for phpass and Drupal, in the same way.
	PhpassRounds int64 `json:"phpassRounds"`
}

// The ceilings of digests that came from elsewhere, and of our own.
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

// What no configuration can raise: the numbers that the algorithms' own
// parameters can hold.
const (
	hardArgon2Memory = 4 << 40
	hardArgon2Lanes  = 255
	hardBcryptCost   = 31
	hardIterations   = 1<<31 - 1
	hardPhpassRounds = 30
	hardScryptMemory = 1 << 40
)

// WithDefaults fills what is zero and cuts what the algorithms cannot do.
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

func ceiling(given, fallback, hard int64) int64 {
	if given <= 0 {
		given = fallback
	}
	return min(given, hard)
}

// bound is a parameter with the ceiling that it has to stay under.
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
