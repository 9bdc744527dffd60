package digest

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"time"
)

const (
	// usualPassword is the length in bytes that efforts assume, ceilPassword the one that
	// ceilings assume.
	usualPassword = 16
	ceilPassword  = 64

	// The longest passwords, in bytes, that are hashed in every round: those of crypt(3),
	// and of the other formats.
	maxCryptPassword = 256
	maxRepeated      = 1024

	// checkEvery is the number of rounds between two checks of the context: a few hundred
	// microseconds.
	checkEvery = 1 << 10
)

// growing is a kdf that takes longer for a longer password.
type growing interface {
	kdf
	// blocks returns the number of hash blocks for a password of a length in bytes.
	blocks(length int) int64
	// admits reports whether a password of a length in bytes may be hashed.
	admits(length int, most Ceilings) bool
}

// repeated is a function that hashes the password repeatedly.
type repeated struct {
	algorithm
	rounds int64
	// each is the time of a round for a password of the usual length.
	each time.Duration
	// ceiling returns the bound of the rounds, log tells whether it is a logarithm.
	ceiling func(Ceilings) int64
	log     bool
	// longest is the longest password in bytes.
	longest int
	salt    []byte
	// bytes returns the input size of the longest round, for lengths of password and salt;
	// least is the salt that ceilings assume.
	bytes func(password, salt int) int
	least int
	sum   func(ctx context.Context, password []byte) []byte
}

var _ growing = repeated{}

func (k repeated) derive(ctx context.Context, password []byte, _ int) []byte {
	return k.sum(ctx, password)
}

func (k repeated) bounds(most Ceilings) []bound {
	name := "rounds"
	if k.log {
		name = "the binary logarithm of the rounds"
	}
	return []bound{
		{name, k.rounds, k.ceiling(most)},
		{"the number of blocks hashed for a password of 64 bytes", k.blocks(ceilPassword), k.mostBlocks(most)},
	}
}

func (k repeated) blocks(length int) int64 { return k.count() * k.perRound(length, len(k.salt)) }

// mostBlocks is the ceiling of the work: the blocks of the most rounds for a password of 64
// bytes.
func (k repeated) mostBlocks(most Ceilings) int64 {
	rounds := k.ceiling(most)
	if k.log {
		rounds = 1 << rounds
	}
	return rounds * k.perRound(ceilPassword, k.least)
}

// perRound returns the number of blocks of one round. The padding has a one and the length,
// in an eighth of a block.
func (k repeated) perRound(password, salt int) int64 {
	text := k.bytes(password, salt) + 1 + k.block/8
	return int64((text + k.block - 1) / k.block)
}

func (k repeated) admits(length int, most Ceilings) bool {
	return length <= usualPassword || length <= k.longest && k.blocks(length) <= k.mostBlocks(most)
}

func (k repeated) shown() map[string]any { return map[string]any{"hash": k.name, "rounds": k.count()} }
func (repeated) cost() Cost              { return Cost{} }

func (k repeated) count() int64 {
	if k.log {
		return 1 << k.rounds
	}
	return min(k.rounds, hardIterations)
}

func (k repeated) effort() time.Duration    { return time.Duration(k.count()) * k.each }
func (repeated) recommended() time.Duration { return strongWithoutSuch }

// again hashes the last sum and the text repeatedly. It returns nil when ctx ended first.
func (a algorithm) again(ctx context.Context, sum, text []byte, times int64) []byte {
	both := append(append(make([]byte, 0, a.size+len(text)), sum...), text...)
	sum = both[:a.size]
	for round := range times {
		if round%checkEvery == 0 && ctx.Err() != nil {
			return nil
		}
		a.sum(sum, both)
	}
	return sum
}

// Hash functions on a whole text, without the copies that hash.Hash makes.

func intoMD5(into, text []byte) []byte {
	sum := md5.Sum(text)
	return append(into[:0], sum[:]...)
}

func intoSHA1(into, text []byte) []byte {
	sum := sha1.Sum(text)
	return append(into[:0], sum[:]...)
}

func intoSHA224(into, text []byte) []byte {
	sum := sha256.Sum224(text)
	return append(into[:0], sum[:]...)
}

func intoSHA256(into, text []byte) []byte {
	sum := sha256.Sum256(text)
	return append(into[:0], sum[:]...)
}

func intoSHA384(into, text []byte) []byte {
	sum := sha512.Sum384(text)
	return append(into[:0], sum[:]...)
}

func intoSHA512(into, text []byte) []byte {
	sum := sha512.Sum512(text)
	return append(into[:0], sum[:]...)
}
