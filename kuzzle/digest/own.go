package digest

import (
	"context"
	"fmt"
	"time"
)

// Passwords is the form of new passwords' digests, and of old ones once they are renewed.
type Passwords struct {
	// Hasher is "argon2id", the default, or "bcrypt".
	Hasher string
	// Argon2id are argon2id's parameters; they also apply to passwords that are too long for
	// bcrypt.
	Argon2id Hasher
	// BcryptCost is bcrypt's cost; 0 is DefaultBcryptCost.
	BcryptCost int
}

// Maker returns the maker, or an error for parameters out of bounds.
func (p Passwords) Maker() (Maker, error) {
	switch p.Hasher {
	case "", Argon2idName:
		return p.Argon2id.WithDefaults(), p.Argon2id.Check()
	case BcryptName:
		made := Bcrypt{Rounds: p.BcryptCost, Long: p.Argon2id}
		return made, made.Check()
	}
	return nil, fmt.Errorf("%q is no way to keep passwords: use %s or %s", p.Hasher, Argon2idName, BcryptName)
}

// ParseOwn reads a digest of a Maker. Unlike an imported one, a bcrypt digest of ours
// matches no password that bcrypt would cut.
func ParseOwn(text string, most Ceilings) (Digest, error) {
	if !isBcrypt(text) {
		return Parse(Argon2idName, text, most)
	}
	d, err := Parse(BcryptName, text, most)
	if err != nil {
		return nil, err
	}
	return whole{d}, nil
}

// whole refuses passwords that its digest cannot have been made of.
type whole struct{ Digest }

// Matches implements Digest, and costs the same for every password.
func (w whole) Matches(password string) bool {
	return w.matchesIn(context.Background(), nil, password)
}

func (w whole) matchesIn(ctx context.Context, pool *Pool, password string) bool {
	right := w.Digest.(borrower).matchesIn(ctx, pool, password)
	return right && len(password) <= MaxBcryptPassword
}

// Check compares a password with a digest, and makes a wrong one cost as much as the
// instance's own digests, however cheap this one is. Call it inside [Pool.Do] with
// [CheckCost]. It ends early like [Matches].
func Check(ctx context.Context, d Digest, own Maker, password string) bool {
	right := Matches(ctx, d, own, password)
	if !right && d.Effort() < own.Effort() {
		Spend(ctx, own, password)
	}
	return right
}

// Spend spends the cost of a wrong password that is compared with a digest of the instance's
// own. Call it inside [Pool.Do] with [SpendCost].
func Spend(ctx context.Context, own Maker, password string) {
	for _, form := range forms(password) {
		_ = Make(ctx, own, form)
	}
}

// SpendCost is the cost of Spend.
func SpendCost(own Maker, password string) Cost {
	cost := own.Cost()
	cost.Effort = own.Effort() * time.Duration(len(forms(password)))
	return cost
}

// CheckCost is the cost of Check for a wrong password.
func CheckCost(d Digest, own Maker, password string) Cost {
	a, b := d.Cost(), own.Cost()
	cost := Cost{Memory: max(a.Memory, b.Memory), Lanes: max(a.Lanes, b.Lanes), Effort: EffortFor(d, password)}
	if d.Effort() < own.Effort() {
		cost.Effort += SpendCost(own, password).Effort
	}
	return cost
}

// EffortFor returns the effort of [Matches] for a wrong password: some formats take longer
// for a longer one, and each of its Unicode forms is tried. It reveals the length of the
// password, so it must not be shown.
func EffortFor(d Digest, password string) (sum time.Duration) {
	grown, ok := d.(interface {
		effortFor(password string) time.Duration
	})
	for _, form := range forms(password) {
		if ok {
			sum += grown.effortFor(form)
		} else {
			sum += d.Effort()
		}
	}
	return sum
}

// WrapHasher returns the argon2id hasher that wraps digests in an instance: its own
// parameters, or those for its long passwords.
func WrapHasher(own Maker) Hasher {
	switch made := own.(type) {
	case Hasher:
		return made
	case Bcrypt:
		return made.Long
	}
	return Hasher{}
}
