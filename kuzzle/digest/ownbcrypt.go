package digest

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// DefaultBcryptCost is the default cost of new bcrypt digests.
const DefaultBcryptCost = 10

const minOwnBcryptCost = 4

// Bcrypt makes bcrypt digests, and argon2id ones of passwords that bcrypt would
// cut: our own digests never truncate.
type Bcrypt struct {
	// Rounds is the binary logarithm of the rounds, at most 14.
	Rounds int
	// Long makes the digests of passwords of more than 72 bytes.
	Long Hasher
}

var _ Maker = Bcrypt{}

// Check returns an error if the parameters, with defaults, are out of bounds.
func (b Bcrypt) Check() error {
	if rounds := b.rounds(); rounds < minOwnBcryptCost || rounds > MaxBcryptCost {
		return fmt.Errorf("bcrypt: a cost of %d, %d to %d are allowed", rounds, minOwnBcryptCost, MaxBcryptCost)
	}
	return b.Long.Check()
}

func (b Bcrypt) rounds() int {
	if b.Rounds == 0 {
		return DefaultBcryptCost
	}
	return b.Rounds
}

// Name implements Maker.
func (Bcrypt) Name() string { return BcryptName }

// Cost implements Maker.
func (b Bcrypt) Cost() Cost {
	cost := b.Long.Cost()
	cost.Effort = b.Effort()
	return cost
}

// Effort implements Maker.
func (b Bcrypt) Effort() time.Duration { return bcryptKDF{rounds: int64(b.rounds())}.effort() }

// Hash implements Maker.
func (b Bcrypt) Hash(password string) string { return b.make(context.Background(), password) }

func (b Bcrypt) make(ctx context.Context, password string) string {
	if len(password) > MaxBcryptPassword {
		return b.Long.make(ctx, password)
	}
	salt := make([]byte, newSalt)
	_, _ = rand.Read(salt) // never fails
	sum := bcryptKDF{rounds: int64(b.rounds()), salt: salt}.derive(ctx, []byte(password), bcryptSum)
	if sum == nil {
		return ""
	}
	return b.encode(salt, sum)
}

func (b Bcrypt) encode(salt, sum []byte) string {
	return fmt.Sprintf("$2b$%02d$%s%s", b.rounds(), bcrypt64.EncodeToString(salt), bcrypt64.EncodeToString(sum))
}

// Decoy implements Maker.
func (b Bcrypt) Decoy() string {
	random := make([]byte, newSalt+bcryptSum)
	_, _ = rand.Read(random) // never fails
	return b.encode(random[:newSalt], random[newSalt:])
}

// NeedsRenewal implements Maker. An argon2id digest is as good if it has the parameters for
// long passwords.
func (b Bcrypt) NeedsRenewal(text string) bool {
	if !isBcrypt(text) {
		return b.Long.NeedsRenewal(text)
	}
	d, err := readBcrypt(BcryptName, text)
	return err != nil || d.ways[0].(bcryptKDF).rounds != int64(b.rounds())
}
