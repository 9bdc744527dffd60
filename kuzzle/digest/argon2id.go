package digest

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

const newSalt, newSum = 16, 32

// Hasher makes argon2id digests; zero fields take their defaults. It hashes passwords of any
// length and any bytes whole.
type Hasher struct {
	// Memory in KiB, at least 8 per lane and at most 256 MiB.
	Memory uint32 `json:"memoryKiB"`
	// Passes over the memory, at most 16.
	Passes uint32 `json:"passes"`
	// Lanes computed in parallel, at most 16.
	Lanes uint8 `json:"lanes"`

	// pool lends the memory; without it each hash allocates its own.
	pool *Pool
}

var _ Maker = Hasher{}

// WithDefaults fills in zero fields.
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

// Check returns an error if the parameters, with defaults, are out of bounds.
func (h Hasher) Check() error {
	k := h.WithDefaults().kdf(nil)
	if err := within(k.name(), k.bounds(Ceilings{}.WithDefaults())); err != nil {
		return err
	}
	return k.check(k.name())
}

func (k argon2KDF) name() string { return "argon2" + k.kind }

// Name implements Maker.
func (Hasher) Name() string { return Argon2idName }

// Cost implements Maker.
func (h Hasher) Cost() Cost {
	cost := h.WithDefaults().kdf(nil).cost()
	cost.Effort = h.Effort()
	return cost
}

// Effort implements Maker.
func (h Hasher) Effort() time.Duration { return h.WithDefaults().kdf(nil).effort() }

// Hash implements Maker.
func (h Hasher) Hash(password string) string { return h.make(context.Background(), password) }

func (h Hasher) make(ctx context.Context, password string) string {
	return h.wrap(ctx, []byte(password))
}

// wrap hashes bytes with a fresh salt. It returns "" when ctx ended first.
func (h Hasher) wrap(ctx context.Context, secret []byte) string {
	salt := make([]byte, newSalt)
	_, _ = rand.Read(salt) // never fails
	k := h.WithDefaults().kdf(salt)
	sum := k.deriveIn(ctx, h.pool, secret, newSum)
	if sum == nil {
		return ""
	}
	return k.encode(sum)
}

// Decoy implements Maker.
func (h Hasher) Decoy() string {
	random := make([]byte, newSalt+newSum)
	_, _ = rand.Read(random) // never fails
	return h.WithDefaults().kdf(random[:newSalt]).encode(random[newSalt:])
}

// NeedsRenewal implements Maker. It reports true for unreadable digests too.
func (h Hasher) NeedsRenewal(text string) bool {
	d, err := readPHCArgon2("id")(Argon2idName, text)
	if err != nil || len(d.sum) < newSum {
		return true
	}
	now, was := h.WithDefaults().kdf(nil), d.ways[0].(argon2KDF)
	return was.memory != now.memory || was.passes != now.passes || was.lanes != now.lanes || len(was.salt) < newSalt
}

func (h Hasher) kdf(salt []byte) argon2KDF {
	return argon2KDF{kind: "id", memory: int64(h.Memory), passes: int64(h.Passes), lanes: int64(h.Lanes), salt: salt}
}

// String tells the parameters.
func (h Hasher) String() string {
	h = h.WithDefaults()
	return fmt.Sprintf("%s m=%d,t=%d,p=%d", h.Name(), h.Memory, h.Passes, h.Lanes)
}
