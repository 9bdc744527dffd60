package digest

import (
	"context"
	"encoding/base64"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// argon2KDF is Argon2 version 1.3 without secret and associated data.
type argon2KDF struct {
	kind           string // "i" or "id"
	memory, passes int64  // memory in KiB
	lanes          int64
	salt           []byte
}

func (k argon2KDF) derive(ctx context.Context, password []byte, size int) []byte {
	return k.deriveIn(ctx, nil, password, size)
}

// deriveIn is derive in memory of the pool.
func (k argon2KDF) deriveIn(ctx context.Context, pool *Pool, password []byte, size int) []byte {
	p := argon2.Params{Kind: argon2.ID, Memory: uint32(k.memory), Passes: uint32(k.passes), Lanes: uint8(k.lanes), Salt: k.salt}
	if k.kind == "i" {
		p.Kind = argon2.I
	}
	lent := pool.lend(k.cost().Memory)
	defer pool.giveBack(lent)
	return p.Key(ctx, lent, pool.threads(), password, uint32(size))
}

func (k argon2KDF) bounds(most Ceilings) []bound {
	// In bytes a hostile number of KiB would not fit.
	return []bound{
		{"memory in KiB", k.memory, most.Argon2Memory >> 10},
		{"passes", k.passes, most.Argon2Passes},
		{"bulkqueue", k.lanes, most.Argon2Lanes},
	}
}

func (k argon2KDF) shown() map[string]any {
	return map[string]any{"memoryKiB": k.memory, "passes": k.passes, "bulkqueue": k.lanes}
}

func (k argon2KDF) cost() Cost { return Cost{Memory: k.memory << 10, Lanes: int(k.lanes)} }

// perKiB is what one pass over a KiB takes in the usual libraries. Ours is faster
// on most machines, which makes no digest easier to guess.
const perKiB = 650 * time.Nanosecond

func (k argon2KDF) effort() time.Duration { return time.Duration(k.memory*k.passes) * perKiB }

func (argon2KDF) recommended() time.Duration { return strongWithMemory }

// check says what the parameters may not be whatever the ceilings.
func (k argon2KDF) check(format string) error {
	if k.memory/8 < k.lanes {
		return malformed(format, "%d KiB of memory, at least 8 are needed for each of %d lanes", k.memory, k.lanes)
	}
	return nil
}

const (
	minArgon2Salt, minArgon2Sum = 8, 12
	maxArgon2Salt               = 128
)

// readPHCArgon2 reads $argon2id$v=19$m=KiB,t=passes,p=lanes$salt$sum, in base64
// without padding.
func readPHCArgon2(kind string) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		rest, ok := strings.CutPrefix(text, "$argon2"+kind+"$")
		if !ok {
			return nil, malformed(format, "it does not begin with $argon2%s$", kind)
		}
		parts, err := fields(format, rest, "$", 4)
		if err != nil {
			return nil, err
		}
		if parts[0] != "v="+strconv.Itoa(argon2.Version) {
			return nil, malformed(format, "its version is not %d", argon2.Version)
		}
		k := argon2KDF{kind: kind}
		if err := namedNumbers(format, parts[1], []string{"m=", "t=", "p="}, &k.memory, &k.passes, &k.lanes); err != nil {
			return nil, err
		}
		if err := k.check(format); err != nil {
			return nil, err
		}
		if k.salt, err = unbase64(format, "the salt", parts[2], raw64, minArgon2Salt, maxArgon2Salt); err != nil {
			return nil, err
		}
		sum, err := unbase64(format, "the hash", parts[3], raw64, minArgon2Sum, maxSum)
		return &stored{ways: []kdf{k}, sum: sum, blank: blankEnd(text, parts[3], "A")}, err
	}
}

// namedNumbers reads "m=1,t=2" into numbers, in that order and nothing else.
func namedNumbers(format, text string, names []string, into ...*int64) error {
	parts, err := fields(format, text, ",", len(names))
	if err != nil {
		return err
	}
	for i, name := range names {
		digits, ok := strings.CutPrefix(parts[i], name)
		if !ok {
			return malformed(format, "parameter %d does not begin with %s", i+1, name)
		}
		if *into[i], err = number(format, strings.TrimSuffix(name, "="), digits); err != nil {
			return err
		}
	}
	return nil
}

// encodePHC writes an argon2id digest.
func (k argon2KDF) encode(sum []byte) string {
	text := base64.RawStdEncoding.EncodeToString
	return "$argon2" + k.kind + "$v=" + strconv.Itoa(argon2.Version) +
		"$m=" + strconv.FormatInt(k.memory, 10) + ",t=" + strconv.FormatInt(k.passes, 10) +
		",p=" + strconv.FormatInt(k.lanes, 10) + "$" + text(k.salt) + "$" + text(sum)
}
