package digest

import (
	"context"
	"encoding/base64"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gokuzzle/kuzzle/kuzzle/digest/argon2"
)

// argon2KDF is Argon2 without secret and associated data.
type argon2KDF struct {
	kind           string // a key of argon2Kinds
	old            bool   // version 1.0
	both           bool   // it may as well be of version 1.3
	memory, passes int64  // memory in KiB
	lanes          int64
	salt           []byte
}

func (k argon2KDF) derive(ctx context.Context, password []byte, size int) []byte {
	return k.deriveIn(ctx, nil, password, size)
}

var argon2Kinds = map[string]argon2.Kind{"d": argon2.D, "i": argon2.I, "id": argon2.ID}

// deriveIn is derive in memory of the pool.
func (k argon2KDF) deriveIn(ctx context.Context, pool *Pool, password []byte, size int) []byte {
	p := argon2.Params{Kind: argon2Kinds[k.kind], Old: k.old, Memory: uint32(k.memory), Passes: uint32(k.passes), Lanes: uint8(k.lanes), Salt: k.salt}
	lent := pool.Lend(k.cost().Memory)
	defer pool.GiveBack(lent)
	return p.Key(ctx, lent, pool.Threads(), password, uint32(size))
}

func (k argon2KDF) bounds(most Ceilings) []bound {
	// The bound is in KiB, since a hostile number of KiB would overflow in bytes.
	return []bound{
		{"memory in KiB", k.memory, most.Argon2Memory >> 10},
		{"passes", k.passes * k.tries(), most.Argon2Passes},
		{"lanes", k.lanes, most.Argon2Lanes},
	}
}

func (k argon2KDF) tries() int64 {
	if k.both {
		return 2
	}
	return 1
}

func (k argon2KDF) shown() map[string]any {
	return map[string]any{"memoryKiB": k.memory, "passes": k.passes, "lanes": k.lanes}
}

func (k argon2KDF) cost() Cost { return Cost{Memory: k.memory << 10, Lanes: int(k.lanes)} }

// perKiB is the time of one pass over a KiB in the usual libraries. Our code is faster on
// most machines, but an attacker uses the fastest there is.
const perKiB = 650 * time.Nanosecond

func (k argon2KDF) effort() time.Duration { return time.Duration(k.memory*k.passes) * perKiB }

func (argon2KDF) recommended() time.Duration { return strongWithMemory }

// check refuses parameters that no ceiling allows.
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

// readStrictArgon2 reads argon2 as Clerk's documentation has it: version 1.3, the
// parameters m, t and p in that order, and base64 without padding.
func readStrictArgon2(kind string) reading {
	return func(format, text string) (*stored, error) {
		d, err := readPHCArgon2(kind)(format, text)
		if err == nil && d.ways[0].(argon2KDF).encode(d.sum) != text {
			err = malformed(format, "it is not $argon2%s$v=%d$m=…,t=…,p=…$salt$hash, both in base64 without padding", kind, argon2.Version)
		}
		return d, err
	}
}

// claimArgon2 claims argon2 digests of other writers.
func claimArgon2(text string) Claim {
	if strings.HasPrefix(text, "$argon2d$") {
		return ByPrefix
	}
	return shaped(ByShape, prefixed("$argon2"))(text)
}

// readPHCArgon2 reads $argon2id$v=19$m=KiB,t=passes,p=lanes$salt$sum, with the parameters in
// any order, in base64 with or without padding. A digest without v= is of version 1.0, or of
// a writer that omits it, so both match.
func readPHCArgon2(kind string) func(format, text string) (*stored, error) {
	return func(format, text string) (*stored, error) {
		rest, ok := strings.CutPrefix(text, "$argon2"+kind+"$")
		if !ok {
			return nil, malformed(format, "it does not begin with $argon2%s$", kind)
		}
		version, both := "", !strings.HasPrefix(rest, "v=")
		if !both {
			version, rest, _ = strings.Cut(rest, "$")
		}
		parts, err := fields(format, rest, "$", 3)
		if err != nil {
			return nil, err
		}
		k := argon2KDF{kind: kind, both: both, old: version == "v="+strconv.Itoa(argon2.OldVersion)}
		if !both && !k.old && version != "v="+strconv.Itoa(argon2.Version) {
			return nil, malformed(format, "its version is neither %d nor %d", argon2.Version, argon2.OldVersion)
		}
		if err := namedNumbers(format, parts[0], map[string]*int64{"m": &k.memory, "t": &k.passes, "p": &k.lanes}); err != nil {
			return nil, err
		}
		if err := k.check(format); err != nil {
			return nil, err
		}
		if k.salt, err = unbase64(format, "the salt", parts[1], any64, minArgon2Salt, maxArgon2Salt); err != nil {
			return nil, err
		}
		sum, err := unbase64(format, "the hash", parts[2], any64, minArgon2Sum, maxSum)
		d := &stored{ways: []kdf{k}, sum: sum, blank: blankEnd(text, parts[2], "A")}
		if both {
			k.old = true
			d.ways = append(d.ways, k)
		}
		return d, err
	}
}

// namedNumbers reads "m=1,t=2", in any order, into the numbers of those names. Names that
// have a number beforehand may be missing.
func namedNumbers(format, text string, into map[string]*int64) error {
	given := map[string]bool{}
	for part := range strings.SplitSeq(text, ",") {
		name, digits, _ := strings.Cut(part, "=")
		at := into[name]
		if at == nil || given[name] {
			return malformed(format, "its parameters are not %s, once each", strings.Join(slices.Sorted(maps.Keys(into)), ", "))
		}
		var err error
		if *at, err = number(format, name, digits); err != nil {
			return err
		}
		given[name] = true
	}
	for name, at := range into {
		if *at == 0 {
			return malformed(format, "the parameter %s is missing", name)
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
